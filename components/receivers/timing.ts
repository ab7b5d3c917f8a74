/** How alerts are put together into messages and how often they are told: for people, the same for everybody. */

/**
 * Alerts of one cause come in one message: the same alert, in the same namespace. Falco's alerts have a rule beside, and
 * another rule is another cause: its first event opens a group of its own, and is told at once.
 */
export const groupBy = ["alertname", "namespace", "rule"] as const;

/**
 * Between the first alert of a group and its message. A critical alert must leave within 30 s, and with a scrape and an
 * evaluation every 30 s before it be told within a minute nearly always. What one evaluation finds comes at once, so a
 * longer wait would put nothing more together.
 */
export const groupWait = "5s";

/**
 * Between two messages of a group whose alerts have changed. A critical alert that joins a group must leave within 60
 * s, and the second and third replica of Alertmanager wait 15 s each for the ones before them.
 */
export const groupInterval = "30s";

/** Before an alert that still fires is told again. */
export const repeatInterval = { critical: "4h", other: "12h" } as const;

/**
 * For one request to Slack or a heartbeat's URL. Without it a request that is never answered would last until the group's
 * next turn; with it a receiver that hangs once gets the message at the next try, seconds later.
 */
export const requestTimeout = "10s";
