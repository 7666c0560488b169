/** What every entry that makes clients exports besides. */
export type { PublishOptions, StartOptions, SubscribeOptions } from "./channel.ts";
export type { Client, ClientOptions, Layer } from "./client.ts";
export type { ConnectionState } from "./connection.ts";
export type { Environment, Hint, QuickStore, Socket, Store } from "./environment.ts";
export { type ClientErrorCode, HoldfastError } from "./error.ts";
export type { Gap, Message } from "./message.ts";
export type { MessagesOptions } from "./messages.ts";
export type { Persist } from "./persist.ts";
export type { ChannelOptions, Issue, Schema } from "./schema.ts";
export type { SessionEvents } from "./session.ts";
export type { Stored, TransportName, Way } from "./way.ts";
