/** The channels that webhooks are made of: whatever all nodes must know is a log. */

/** The events, in the order in which they are sent. */
export const eventsChannel = "$webhooks";

/** Whose turn to send it is. */
export const turnChannel = "$webhooks.turn";

/** Where a hook has come to. A channel each: in one for all, what a busy hook adds would trim the place of one that is down. */
export const sentChannel = (hook: string) => `$webhooks.sent.${hook}`;
