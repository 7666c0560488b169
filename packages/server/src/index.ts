/** Holdfast for any Node http server: durable channels, read by polling, Server-Sent Events or WebSocket. */
export {
	type Cursor,
	type ErrorCode,
	type Gap,
	type GapReason,
	HoldfastError,
	type Message,
	type SchemaPlace,
} from "@holdfast/protocol";
export * from "./clock.ts";
export * from "./diagnostics.ts";
export type { Authorize, Verdict } from "./http/access.ts";
export { areTrustedProxies, type ForwardedHeader, forwardedHeaders } from "./http/addresses.ts";
export type { Metrics } from "./http/service.ts";
export { type ApiKey, apiKeyPrefix, hashApiKey } from "./identity/api-keys.ts";
export type { HookOptions } from "./identity/hook.ts";
export type { RightsOptions } from "./identity/identity.ts";
export type { Action, WrittenRights } from "./identity/rights.ts";
export type { TokenAlgorithm, TokenIssuer } from "./identity/tokens.ts";
export { type DiskLogOptions, diskLog } from "./log/disk/disk.ts";
export { type DiskInspection, inspectDisk } from "./log/disk/inspect.ts";
export type * from "./log/log.ts";
export { type MemoryLogOptions, memoryLog } from "./log/memory.ts";
export type { RedisClient } from "./log/redis/door.ts";
export { type RedisLogOptions, redisLog } from "./log/redis/redis.ts";
export { type DiskOwner, type DiskOwnerOptions, diskOwner } from "./log/shared/owner.ts";
export { type DiskWorkerLogOptions, diskWorkerLog } from "./log/shared/worker.ts";
export * from "./options.ts";
export type { JsonSchema } from "./schemas/json-schema.ts";
export type { SchemaTable } from "./schemas/schemas.ts";
export type { StandardSchema } from "./schemas/standard-schema.ts";
export { createHoldfast, type Holdfast, type HoldfastOptions, type Published, type PublishOptions } from "./server.ts";
export type { Stats } from "./stats.ts";
export type { Handlers, Received, SubscribeOptions, Subscription } from "./subscribe.ts";
export type { WebhookEventType, WebhookOptions } from "./webhooks/hook.ts";
