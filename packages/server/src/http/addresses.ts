/** Whose request it is, where proxies stand between: an address that limits can count by and logs can name. */
import type { IncomingMessage } from "node:http";
import { BlockList, isIP, type Socket, SocketAddress } from "node:net";
import { HoldfastError } from "@holdfast/protocol";
import { connectionOf, isLoopback } from "./peer.ts";
import { Recent } from "./recent.ts";

export const forwardedHeaders = ["x-forwarded-for", "forwarded"] as const;
export type ForwardedHeader = (typeof forwardedHeaders)[number];

/** Whom limits count. */
export interface Client {
	/** An address, or the network of one: who has IPv6 has 2^64 addresses to come from. */
	readonly network: string;
	/** Of this machine, and speaking for itself. */
	readonly isLoopback: boolean;
}

/** Proxies one behind the other; a longer list is somebody's attempt to keep us busy. */
const maxHops = 32;

const named: Readonly<Record<string, readonly string[]>> = {
	loopback: ["127.0.0.0/8", "::1/128"],
	private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10"],
};

export class Addresses {
	readonly #trusted: BlockList | undefined;
	readonly #header: ForwardedHeader;

	/**
	 * `trusted`: addresses, networks (`10.0.0.0/8`), `loopback` and `private`.
	 *
	 * @throws HoldfastError `bad_request` for an entry that is none of these, or another header.
	 */
	constructor(trusted: readonly string[] = [], header: ForwardedHeader = "x-forwarded-for") {
		if (!forwardedHeaders.includes(header)) {
			throw new HoldfastError("bad_request", `forwardedHeader is ${forwardedHeaders.join(" or ")}, not ${header}`);
		}
		this.#trusted = trusted.length === 0 ? undefined : listOf(trusted);
		this.#header = header;
	}

	/** The client's address, in one spelling; `local` for a peer on a Unix socket. */
	addressOf(request: IncomingMessage): string {
		return this.#behind(request) ?? ownAddress(request);
	}

	clientOf(request: IncomingMessage): Client {
		const behind = this.#behind(request);
		// Who a proxy says is of this machine is limited as anyone else: a client may have written it.
		if (behind !== undefined) return { network: networkOf(behind), isLoopback: false };
		const own = connectionOf(request);
		// A connection that is gone has no address, and is not of this machine for that.
		const { client } = peerOf(own);
		return own.destroyed ? { ...client, isLoopback: false } : client;
	}

	/**
	 * The address that stands behind the trusted proxies; undefined where the peer is none, or tells nothing. Each proxy adds
	 * who it heard at the right, so the list is read from there: what stands to the left of the first who is not trusted, a
	 * client may have written.
	 */
	#behind(request: IncomingMessage): string | undefined {
		if (this.#trusted === undefined || !this.#isTrusted(ownAddress(request))) return undefined;
		const header = request.headers[this.#header];
		if (header === undefined) return undefined;
		let last = ownAddress(request);
		const told = this.#header === "forwarded" ? forwardedFrom(String(header)) : listFrom(String(header));
		let hops = 0;
		for (const text of told) {
			const address = parseNode(text);
			// Nobody knows who stands there; the one that says so is the last that is known.
			if (address === undefined || ++hops > maxHops) return last;
			last = address;
			if (!this.#isTrusted(address)) return last;
		}
		return last;
	}

	#isTrusted(address: string): boolean {
		if (address === local) return this.#trusted?.check("127.0.0.1", "ipv4") === true;
		return this.#trusted?.check(address, familyOf(address)) === true;
	}
}

const local = "local";

/** What is asked about the other end of a connection several times a request. */
interface Peer {
	/** In one spelling. */
	readonly address: string;
	readonly client: Client;
}

const unnamed: Peer = { address: local, client: { network: local, isLoopback: true } };

const peers = new Recent<Peer>(1000, (told) => {
	const address = canonical(told) ?? told;
	return { address, client: { network: networkOf(address), isLoopback: isLoopback(told) } };
});

function peerOf({ remoteAddress }: Socket): Peer {
	return (remoteAddress === undefined ? undefined : peers.get(remoteAddress)) ?? unnamed;
}

function ownAddress(request: IncomingMessage): string {
	return peerOf(connectionOf(request)).address;
}

function familyOf(address: string): "ipv4" | "ipv6" {
	return address.includes(":") ? "ipv6" : "ipv4";
}

/** Whether `entries` are what a server may be given as proxies to trust. */
export function areTrustedProxies(entries: readonly unknown[]): entries is readonly string[] {
	return entries.every((entry) => typeof entry === "string" && networksOf(entry) !== undefined);
}

function listOf(trusted: readonly string[]): BlockList {
	const list = new BlockList();
	for (const entry of trusted) {
		const networks = networksOf(entry);
		if (networks === undefined) {
			throw new HoldfastError(
				"bad_request",
				`trustedProxies holds addresses, networks such as 10.0.0.0/8, loopback and private; not ${JSON.stringify(entry)}`,
			);
		}
		for (const { address, bits } of networks) list.addSubnet(address, bits, familyOf(address));
	}
	return list;
}

interface Network {
	readonly address: string;
	readonly bits: number;
}

function networksOf(entry: string): readonly Network[] | undefined {
	if (Object.hasOwn(named, entry)) return (named[entry] as readonly string[]).flatMap((text) => networksOf(text) ?? []);
	const [text = "", bits, more] = entry.split("/");
	const address = canonical(text);
	if (address === undefined || more !== undefined) return undefined;
	const most = familyOf(address) === "ipv6" ? 128 : 32;
	if (bits === undefined) return [{ address, bits: most }];
	// Of an IPv4 address that is written as IPv6 the bits would be counted otherwise.
	if (!/^\d{1,3}$/.test(bits) || Number(bits) > most || (most === 32 && text.includes(":"))) return undefined;
	return [{ address, bits: Number(bits) }];
}

/** One spelling an address, so that one client is counted as one; undefined when it is none. */
function canonical(text: string): string | undefined {
	const [address = ""] = text.split("%");
	const family = isIP(address);
	if (family === 0) return undefined;
	if (family === 4) return address;
	const spelled = new SocketAddress({ address, family: "ipv6" }).address;
	return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(spelled)?.[1] ?? spelled;
}

const longestNode = 64;

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`; not `unknown` and not `_hidden`. */
function parseNode(text: string): string | undefined {
	if (text.length > longestNode) return undefined;
	const [, six, four] = /^(?:\[([^\]]*:[^\]]*)\]|([\d.]+))(?::(?:\d{1,5}|_[\w.-]+))?$/.exec(text) ?? [];
	return canonical(six ?? four ?? text);
}

/** The entries of `X-Forwarded-For`, from the right. */
function* listFrom(header: string): Generator<string, void> {
	for (let end = header.length; end >= 0; ) {
		const comma = end === 0 ? -1 : header.lastIndexOf(",", end - 1);
		yield header.slice(comma + 1, end).trim();
		end = comma === -1 ? -1 : comma;
	}
}

/**
 * The `for` of the elements of `Forwarded` (RFC 7239), from the right. Read from the left, a quote that a client leaves open would
 * swallow what the proxies added.
 */
function* forwardedFrom(header: string): Generator<string, void> {
	let pairs: string[] = [];
	let end = header.length;
	let quoted = false;
	for (let i = header.length - 1; i >= -1; i--) {
		const char = header[i];
		if (char === '"' && !isEscaped(header, i)) quoted = !quoted;
		if (i >= 0 && (quoted || (char !== "," && char !== ";"))) continue;
		pairs.push(header.slice(i + 1, end).trim());
		end = i;
		if (char === ";") continue;
		yield forOf(pairs);
		pairs = [];
	}
}

function isEscaped(text: string, at: number): boolean {
	let slashes = 0;
	while (text[at - 1 - slashes] === "\\") slashes++;
	return slashes % 2 === 1;
}

/** Empty, which is no address, when there is none or more than one. */
function forOf(pairs: readonly string[]): string {
	const found = pairs.filter((pair) => /^for\s*=/i.test(pair));
	const value = found.length === 1 ? (found[0] as string).replace(/^for\s*=\s*/i, "") : "";
	return value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value;
}

/** An IPv4 address stands for itself, an IPv6 address for its /64: that is what a single home or machine is given. */
function networkOf(address: string): string {
	if (!address.includes(":")) return address;
	const [head = "", tail] = address.split("::");
	const groups = head === "" ? [] : head.split(":");
	if (tail !== undefined) {
		const after = tail === "" ? [] : tail.split(":");
		const taken = groups.length + after.length + (tail.includes(".") ? 1 : 0);
		for (let missing = 8 - taken; missing > 0; missing--) groups.push("0");
		groups.push(...after);
	}
	return `${groups.slice(0, 4).join(":")}::/64`;
}
