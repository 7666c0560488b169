import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { Addresses, type ForwardedHeader } from "./addresses.ts";

function request(peer: string | undefined, headers: Record<string, string> = {}): IncomingMessage {
	return { socket: { remoteAddress: peer }, headers } as unknown as IncomingMessage;
}

const trusted = ["loopback", "10.0.0.0/8", "192.0.2.7", "2001:db8:ffff::/48"];

const seen = (header: ForwardedHeader, peer: string | undefined, value?: string) =>
	new Addresses(trusted, header).addressOf(request(peer, value === undefined ? {} : { [header]: value }));

const many = (n: number, one: string) => Array(n).fill(one).join(", ");

test.each<[string, string | undefined, string | undefined, string]>([
	["the peer, when nothing is told", "127.0.0.1", undefined, "127.0.0.1"],
	["a peer on a Unix socket", undefined, undefined, "local"],
	["whom a proxy on a Unix socket names", undefined, "203.0.113.5", "203.0.113.5"],
	["whom a trusted proxy names", "127.0.0.1", "203.0.113.5", "203.0.113.5"],
	["an IPv4 peer in IPv6", "::ffff:10.1.2.3", "203.0.113.5", "203.0.113.5"],
	["the peer, when it is not trusted", "203.0.113.9", "198.51.100.1", "203.0.113.9"],
	["the peer beside a trusted address", "192.0.2.8", "198.51.100.1", "192.0.2.8"],
	["whom a trusted network names", "10.255.0.1", "203.0.113.5", "203.0.113.5"],
	["whom a trusted IPv6 network names", "2001:db8:ffff:1::9", "203.0.113.5", "203.0.113.5"],
	["who stands behind two proxies", "127.0.0.1", "203.0.113.5, 10.0.0.2", "203.0.113.5"],
	["not what the client wrote before", "127.0.0.1", "1.1.1.1, 203.0.113.5", "203.0.113.5"],
	["not what it wrote before, through two proxies", "10.0.0.1", "8.8.8.8,1.1.1.1, 203.0.113.5 ,10.0.0.2", "203.0.113.5"],
	["a client that claims to be loopback", "127.0.0.1", "127.0.0.1, 203.0.113.5", "203.0.113.5"],
	["the first of all, when all are trusted", "127.0.0.1", "10.0.0.9, 10.0.0.2", "10.0.0.9"],
	["without the port", "127.0.0.1", "203.0.113.5:4711", "203.0.113.5"],
	["IPv6", "127.0.0.1", "2001:db8::1", "2001:db8::1"],
	["IPv6 in another spelling", "127.0.0.1", "2001:0DB8:0:0::0001", "2001:db8::1"],
	["IPv6 in brackets", "127.0.0.1", "[2001:db8::1]", "2001:db8::1"],
	["IPv6 with a port", "127.0.0.1", "[2001:db8::1]:443", "2001:db8::1"],
	["IPv6 with a zone", "127.0.0.1", "fe80::1%eth0", "fe80::1"],
	["IPv4 in IPv6", "127.0.0.1", "::ffff:203.0.113.5", "203.0.113.5"],
	["IPv4 in IPv6, in hexadecimal", "127.0.0.1", "[::ffff:cb00:7105]", "203.0.113.5"],
	["a proxy, of which IPv4 in IPv6 tells", "127.0.0.1", "203.0.113.5, ::ffff:10.0.0.2", "203.0.113.5"],
	["the proxy, when it names nobody", "127.0.0.1", "unknown", "127.0.0.1"],
	["the proxy that hides its client", "127.0.0.1", "203.0.113.5, _hidden, 10.0.0.2", "10.0.0.2"],
	["the proxy, when it tells garbage", "127.0.0.1", "<script>, 10.0.0.2", "10.0.0.2"],
	["the proxy, when the header is empty", "127.0.0.1", "", "127.0.0.1"],
	["the proxy, when a place is empty", "127.0.0.1", "203.0.113.5,", "127.0.0.1"],
	["no octet over 255", "127.0.0.1", "203.0.113.256", "127.0.0.1"],
	["no octet in octal", "127.0.0.1", "0203.0.113.5", "127.0.0.1"],
	["no brackets about IPv4", "127.0.0.1", "[203.0.113.5]", "127.0.0.1"],
	["no bracket that is left open", "127.0.0.1", "[2001:db8::1", "127.0.0.1"],
	["no host name", "127.0.0.1", "client.example", "127.0.0.1"],
	["nothing very long", "127.0.0.1", "1".repeat(40_000), "127.0.0.1"],
	["the last but many, of a list that has no end", "127.0.0.1", `203.0.113.5, ${many(4000, "10.0.0.3")}`, "10.0.0.3"],
	["the last of a long list of lies", "127.0.0.1", `${many(4000, "1.1.1.1")}, 203.0.113.5`, "203.0.113.5"],
])("X-Forwarded-For: the client is %s", (_, peer, value, expected) => {
	expect(seen("x-forwarded-for", peer, value)).toBe(expected);
});

test.each<[string, string, string]>([
	["for", "for=203.0.113.5", "203.0.113.5"],
	["For in capitals, among others", "proto=https;For=203.0.113.5;by=10.0.0.2", "203.0.113.5"],
	["for in quotes", 'for="203.0.113.5:4711"', "203.0.113.5"],
	["IPv6", 'for="[2001:db8::1]:4711"', "2001:db8::1"],
	["IPv6 with a hidden port", 'for="[2001:db8::1]:_port"', "2001:db8::1"],
	["escaped characters", 'for="203.0.113\\.5"', "203.0.113.5"],
	["the one before a trusted one", "for=203.0.113.5, for=10.0.0.2", "203.0.113.5"],
	["not what the client wrote before", "for=1.1.1.1, for=203.0.113.5", "203.0.113.5"],
	["not what follows a quote that the client left open", 'for="1.1.1.1, for=203.0.113.5', "203.0.113.5"],
	["not what a host's name holds", 'for=203.0.113.5;host="a, for=1.1.1.1"', "203.0.113.5"],
	["not what an escaped quote hides", 'for=203.0.113.5;host="a\\", for=1.1.1.1"', "203.0.113.5"],
	["nobody: unknown", "for=203.0.113.5, for=unknown", "127.0.0.1"],
	["nobody: hidden", 'for="_gazonk"', "127.0.0.1"],
	["nobody: two at once", "for=203.0.113.5;for=1.1.1.1", "127.0.0.1"],
	["nobody: no for", "proto=https", "127.0.0.1"],
])("Forwarded: the client is %s", (_, value, expected) => {
	expect(seen("forwarded", "127.0.0.1", value)).toBe(expected);
});

test("only the header that was chosen is believed, and none of anybody while nobody is trusted", () => {
	const headers = { "x-forwarded-for": "203.0.113.5", forwarded: "for=198.51.100.1" };
	expect(new Addresses(trusted).addressOf(request("127.0.0.1", headers))).toBe("203.0.113.5");
	expect(new Addresses(trusted, "forwarded").addressOf(request("127.0.0.1", headers))).toBe("198.51.100.1");
	expect(new Addresses().addressOf(request("127.0.0.1", headers))).toBe("127.0.0.1");
});

test.each<[string, string]>([
	["203.0.113.5", "203.0.113.5"],
	["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
	["2001:db8:1:2::9", "2001:db8:1:2::/64"],
	["2001:db8::9", "2001:db8:0:0::/64"],
	["::1", "0:0:0:0::/64"],
	["64:ff9b::203.0.113.5", "64:ff9b:0:0::/64"],
])("%s counts as %s", (address, network) => {
	expect(new Addresses(trusted).clientOf(request("127.0.0.1", { "x-forwarded-for": address })).network).toBe(network);
});

test("loopback is who sits at this machine, and not who a proxy here says does", () => {
	const addresses = new Addresses(trusted);
	const isLoopback = (peer: string | undefined, value?: string) =>
		addresses.clientOf(request(peer, value === undefined ? {} : { "x-forwarded-for": value })).isLoopback;
	for (const peer of ["127.0.0.1", "::ffff:127.0.0.5", "::1", undefined]) expect(isLoopback(peer)).toBe(true);
	expect(isLoopback("10.0.0.1")).toBe(false);
	expect(isLoopback("127.0.0.1", "127.0.0.1")).toBe(false);
	expect(isLoopback("127.0.0.1", "unknown")).toBe(false);
});

test.each(["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "::/129", "::ffff:10.0.0.0/104", "10.0.0", "localhost", "", "toString"])(
	"%j is no proxy to trust",
	(entry) => {
		expect(() => new Addresses([entry])).toThrow(`trustedProxies holds addresses`);
	},
);

test("another header is refused", () => {
	expect(() => new Addresses([], "x-real-ip" as ForwardedHeader)).toThrow("forwardedHeader is x-forwarded-for or forwarded");
});
