/**
 * Which Redis is meant, as a URL: `redis://` for one server, `redis+sentinel://…/name` for what Sentinels watch under that name,
 * `redis+cluster://` for a Cluster; with `rediss` for TLS. Several hosts are separated by commas.
 */
import { HoldfastError } from "@holdfast/protocol";

export interface RedisAddress {
	readonly kind: "single" | "sentinel" | "cluster";
	readonly tls: boolean;
	readonly username?: string;
	readonly password?: string;
	readonly hosts: readonly { readonly host: string; readonly port: number }[];
	/** Of what the Sentinels watch. */
	readonly name?: string;
	/** The number of the database, where there is more than one. */
	readonly database: number;
}

const shape =
	/^redis(?<tls>s?)(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^/?#]+)(?:\/(?<path>[^?#]*))?$/;
const examples = "redis://127.0.0.1:6379, redis+sentinel://one,two,three/main or redis+cluster://one:7000,two:7000";

/** @throws HoldfastError `bad_request` with the forms that there are; what is wrong may hold a password, and is not repeated. */
export function parseRedisAddress(url: string): RedisAddress {
	const parts = shape.exec(url)?.groups;
	const refuse = (why: string) => new HoldfastError("bad_request", `${why} It is written as ${examples}.`);
	if (!parts) throw refuse("This is no address of a Redis.");
	const kind = (parts["kind"] ?? "single") as RedisAddress["kind"];
	const usual = kind === "sentinel" ? 26_379 : 6379;
	const hosts = (parts["hosts"] ?? "").split(",").map((text) => {
		const [, host = "", port] = /^(\[[0-9a-f:]+\]|[^:]+)(?::(\d{1,5}))?$/i.exec(text) ?? [];
		if (host === "" || Number(port ?? usual) > 65_535) throw refuse("A host in this address of a Redis is wrong.");
		return { host: host.replace(/^\[|\]$/g, ""), port: Number(port ?? usual) };
	});
	const path = decodeURIComponent(parts["path"] ?? "");
	if (kind === "single" && hosts.length > 1) throw refuse("Several hosts are Sentinels or a Cluster.");
	if (kind === "sentinel" && path === "") throw refuse("Sentinels watch something by a name, which stands at the end.");
	const database = kind === "single" && path !== "" ? Number(path) : 0;
	if (!Number.isInteger(database)) throw refuse("The path is the number of a database.");
	return {
		kind,
		tls: parts["tls"] === "s",
		...(parts["user"] ? { username: decodeURIComponent(parts["user"]) } : {}),
		...(parts["password"] ? { password: decodeURIComponent(parts["password"]) } : {}),
		hosts,
		...(kind === "sentinel" ? { name: path } : {}),
		database,
	};
}
