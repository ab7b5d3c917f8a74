import { inspect } from "node:util";

/**
 * A secret setting. It cannot be printed, logged, put into JSON or into a template by accident: only `reveal` gives the
 * value, and the only caller in the program is the component that makes the Kubernetes Secret.
 */
export class SecretValue {
  readonly #value: string;

  /** @param key the setting it was read from, for example `belfry:slackWebhookUrl` */
  constructor(
    readonly key: string,
    value: string,
  ) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return `SecretValue(${this.key})`;
  }
}
