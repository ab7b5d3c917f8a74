/** Settings that say what is probed, and how. */
import { z } from "zod";

import * as formats from "./formats.ts";
import { dnsTypes, probeModules } from "./probe-settings.ts";
import { ingresses, pods, services } from "./schema-discovered-probes.ts";
import { about, dnsLabel, dnsLabelText, privateAuthority, text } from "./schema-kit.ts";
import { expectedStatus, intervalForm, labels, privateCa, schedule, seconds, timeoutForm } from "./schema-probe-kit.ts";

const external = z
  .strictObject({
    target: text({
      accepts: (value) => value.length <= 2000 && /^[^\s\p{C}]+$/u.test(value),
      problem: (value) =>
        URL.canParse(value) && /^https?:\/\//i.test(value) && new URL(value).username + new URL(value).password !== ""
          ? "holds a user or password, which must be taken for exposed: replace it, and use a login"
          : undefined,
    }).register(about, {
      description: "What is probed; the label `instance` of its series. Each target once.",
      form: "an http(s):// URL, for tcp host:port, for dns and icmp a host",
      example: "https://shop.example.com/",
    }),
    module: z
      .enum(probeModules)
      .register(about, {
        description:
          "How it is asked. `http_2xx`: a GET; `tcp_connect`: a connection; `tcp_tls`: a connection with TLS, " +
          "whose certificate is verified; `dns`: a question to the server `target`; `icmp`: a ping.",
        form: `one of ${probeModules.join(", ")}`,
        example: "http_2xx",
      })
      .default("http_2xx"),
    expectedStatus: expectedStatus().optional(),
    login: dnsLabelText()
      .register(about, {
        description: "Name of the login in `logins` that is sent along, for http only.",
        form: dnsLabel,
        example: "shop-api",
        defaultText: "none",
      })
      .optional(),
    privateCa: privateCa(),
    query: text({ accepts: (value) => formats.isDnsName(value.replace(/\.$/, "").toLowerCase()) })
      .register(about, {
        description: "The name that the server is asked for; for dns only, which needs it.",
        form: "a DNS name",
        example: "shop.example.com",
      })
      .optional(),
    queryType: z
      .enum(dnsTypes)
      .register(about, {
        description: "The type of record that is asked for; without such a record the probe fails. For dns only.",
        form: `one of ${dnsTypes.join(", ")}`,
        example: "A",
        defaultText: "`A`",
      })
      .optional(),
    ...schedule(),
    labels: labels("Labels of all its series. `namespace` says whose the target is: its team is told."),
  })
  .register(about, {
    description: "One target.",
    form: "a target: a map with target and module",
    example: "{target: https://shop.example.com/, expectedStatus: [200], labels: {team: shop}}",
  });

const logins = z
  .array(
    z
      .strictObject({
        name: dnsLabelText().register(about, {
          description: "Its name, which stands at the end of its secret's key.",
          form: dnsLabel,
          example: "shop-api",
        }),
        type: z.enum(["basic", "bearer"]).register(about, {
          description: "`basic`: user and password. `bearer`: a token.",
          form: "basic or bearer",
          example: "bearer",
        }),
        username: text({ accepts: (value) => /^[^\s:](.*[^\s])?$/.test(value) && !/[:\p{C}]/u.test(value) })
          .register(about, {
            description: "The user; for basic only, which needs it.",
            form: "a user name on one line, without a colon",
            example: "probe",
          })
          .optional(),
      })
      .register(about, {
        description: "One login.",
        form: "a login: a map with name and type",
        example: "{name: shop-api, type: basic, username: probe}",
      }),
  )
  .register(about, {
    description: "Users and tokens that http probes send along. The secret of each is a key of its own.",
    form: "a list of logins",
    example: "[{name: shop-api, type: bearer}]",
  })
  .default([]);

export const probes = z
  .strictObject({
    interval: seconds(10, 120)
      .register(about, {
        description: "Time between two probes of a target, where nothing else is said.",
        form: intervalForm,
        example: "30s",
      })
      .default("60s"),
    timeout: seconds(1, 60)
      .register(about, {
        description:
          "How long an answer may take, where nothing else is said. A slow answer is told as slow only while it still " +
          "counts as one, so this is far above what is healthy.",
        form: timeoutForm,
        example: "10s",
      })
      .default("15s"),
    external: z
      .array(external)
      .register(about, {
        description: "Targets by their address, in the cluster or outside; any number of them.",
        form: "a list of targets",
        example: "[{target: https://shop.example.com/}]",
      })
      .default([]),
    services: services.optional(),
    ingresses: ingresses.optional(),
    pods: pods.optional(),
    logins,
    caCertificate: privateAuthority("Certificate of a private authority; public, no secret. Trusted by probes with `privateCa: true`."),
  })
  .register(about, {
    description:
      "Probes of URLs, Services, Ingresses and Pods, by the blackbox exporter. Without this setting it is not installed.",
    form: "a map of what is probed",
    example: "\n  external: [{target: https://shop.example.com/}]\n  services: {}",
    defaultText: "none",
  });
