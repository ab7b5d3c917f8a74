/** Settings that say how Prometheus, Alertmanager and Grafana are reached from outside the cluster. */
import { z } from "zod";

import * as formats from "./formats.ts";
import { about, addressProblem, text } from "./schema-kit.ts";
import { ingressAuthTypes } from "./settings-exposure.ts";

/** No character that Helm, grafana.ini or a header would take for something else. */
const address = /^https?:\/\/[^\s{}$%"'`\\<>|]+$/;

export const isAddress = (value: string) => address.test(value) && URL.canParse(value);

/** Why a text is no address that a browser may be sent to, as the end of a sentence. */
export const webAddressProblem = (value: string) =>
  isAddress(value) ? addressProblem(value, "who listens on the way could read what is shown, and log-ins with it") : undefined;

/** An address that people's browsers open. `http://` only on loopback. */
export const webAddress = () => text({ accepts: isAddress, problem: webAddressProblem });

export const addressForm = "an https:// address without user, query and fragment";

export const externalUrl = (of: string, host: string, use: string) =>
  webAddress()
    .register(about, {
      description: `The address under which people reach ${of}; ${use} \`http://\` only on loopback.`,
      form: addressForm,
      example: `https://${host}.example.com`,
      defaultText: "none: links lead to the Service's name, which only the cluster knows",
    })
    .optional();

const objectName = "the name of an object (lower case)";

const name = (description: string, example: string) =>
  text({ accepts: formats.isDnsName }).register(about, { description, form: objectName, example });

const auth = z
  .strictObject({
    type: z.enum(ingressAuthTypes).register(about, {
      description:
        "Who asks. `nginx-basic`: ingress-nginx, for a user and password of the secret `belfry:ingressUsers`. " +
        "`nginx-oauth2-proxy`: ingress-nginx, at an oauth2-proxy. `traefik-middleware`: Traefik, by a Middleware. " +
        "Another controller than the one that is named would ask nobody.",
      form: `one of ${ingressAuthTypes.join(", ")}`,
      example: "nginx-basic",
    }),
    url: webAddress()
      .register(about, {
        description: "With `nginx-oauth2-proxy`: address of the oauth2-proxy, without its path /oauth2.",
        form: addressForm,
        example: "https://login.example.com",
      })
      .optional(),
    middleware: text({ accepts: (value) => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?@kubernetescrd$/.test(value) })
      .register(about, {
        description: "With `traefik-middleware`: the Middleware that asks.",
        form: "a middleware of Traefik (<namespace>-<name>@kubernetescrd)",
        example: "auth-login@kubernetescrd",
      })
      .optional(),
  })
  .register(about, {
    description: "How the Ingress asks who is there: neither Prometheus nor Alertmanager does it by itself.",
    form: "a map with type and what the type needs",
    example: "{type: nginx-basic}",
  });

const shared = () => ({
  className: name("The IngressClass.", "nginx"),
  tlsSecret: name("The Secret with certificate and key, in the monitoring namespace.", "monitoring-tls").optional(),
  clusterIssuer: name(
    "The ClusterIssuer of cert-manager that issues the certificate, where there is no `tlsSecret`.",
    "letsencrypt",
  ).optional(),
});

/** An Ingress to something that asks by itself who is there. */
export const openIngress = () =>
  z
    .strictObject(shared())
    .register(about, {
      description: "Ingress with TLS for the host of `externalUrl`. Exactly one of tlsSecret and clusterIssuer.",
      form: "a map with className and one of tlsSecret and clusterIssuer",
      example: "{className: nginx, clusterIssuer: letsencrypt}",
    })
    .optional();

const guardedIngress = () =>
  z
    .strictObject({ ...shared(), auth: auth.optional() })
    .register(about, {
      description:
        "Ingress with TLS and authentication for the host of `externalUrl`. Exactly one of tlsSecret and clusterIssuer.",
      form: "a map with className, auth and one of tlsSecret and clusterIssuer",
      example: "{className: nginx, clusterIssuer: letsencrypt, auth: {type: nginx-basic}}",
    })
    .optional();

const exposure = (of: string, host: string, use: string) =>
  z
    .strictObject({ externalUrl: externalUrl(of, host, use), ingress: guardedIngress() })
    .register(about, {
      description: `How ${of} is reached from outside the cluster.`,
      form: "a map with externalUrl and ingress",
      example: `{externalUrl: https://${host}.example.com}`,
    })
    .default({});

export const prometheus = exposure("Prometheus", "prometheus", "the link to an alert's graph begins with it.");
export const alertmanager = exposure("Alertmanager", "alertmanager", "the links in messages begin with it.");
