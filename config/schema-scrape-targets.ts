/** Settings that name metrics of the user's own. */
import { z } from "zod";

import * as formats from "./formats.ts";
import { about, dnsLabel, dnsLabelText, someOf, text } from "./schema-kit.ts";
import { intervalForm, labels, seconds, timeoutForm } from "./schema-probe-kit.ts";

export const scrapeTargets = z
  .array(
    z
      .strictObject({
        name: dnsLabelText().register(about, {
          description: "Label `job` of its series, unique.",
          form: dnsLabel,
          example: "build-server",
        }),
        targets: someOf(
          text({ accepts: formats.isHostAndPort }).register(about, {
            description: "One address.",
            form: "an address host:port",
            example: "build.example.com:9100",
          }),
        ).register(about, {
          description: "Addresses; label `instance` of their series.",
          form: "a list of addresses host:port",
          example: "[build.example.com:9100]",
        }),
        scheme: z
          .enum(["http", "https"])
          .register(about, { description: "How it is asked.", form: "http or https", example: "https" })
          .default("http"),
        path: text({ accepts: (value) => /^\/[^\s?#\p{C}]{0,500}$/u.test(value) })
          .register(about, { description: "Path of its metrics.", form: "a path that begins with /", example: "/metrics" })
          .default("/metrics"),
        interval: seconds(10, 120)
          .register(about, { description: "Time between two scrapes.", form: intervalForm, example: "30s" })
          .default("60s"),
        timeout: seconds(1, 60)
          .register(about, {
            description: "How long an answer may take; at most the interval.",
            form: timeoutForm,
            example: "10s",
          })
          .default("10s"),
        labels: labels("Labels of all its series. `namespace` says whose it is: its team is told."),
      })
      .register(about, {
        description: "One job.",
        form: "a scrape job: a map with name and targets",
        example: "{name: build-server, targets: [build.example.com:9100]}",
      }),
  )
  .register(about, {
    description: "Targets of your own whose metrics are scraped, in the cluster or outside.",
    form: "a list of scrape jobs",
    example: "\n  - {name: build-server, targets: [build.example.com:9100], labels: {team: build}}",
  })
  .default([]);
