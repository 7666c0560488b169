import { expect, test } from "vitest";
import { parseRedisAddress } from "./address.ts";

test.each([
	["redis://127.0.0.1", { kind: "single", tls: false, hosts: [{ host: "127.0.0.1", port: 6379 }], database: 0 }],
	["redis://[::1]:7000/3", { kind: "single", tls: false, hosts: [{ host: "::1", port: 7000 }], database: 3 }],
	[
		"rediss://ann:p%40ss@db.example:6380",
		{
			kind: "single",
			tls: true,
			username: "ann",
			password: "p@ss",
			hosts: [{ host: "db.example", port: 6380 }],
			database: 0,
		},
	],
	[
		"redis+sentinel://:secret@one,two:26380/main",
		{
			kind: "sentinel",
			tls: false,
			password: "secret",
			hosts: [
				{ host: "one", port: 26_379 },
				{ host: "two", port: 26_380 },
			],
			name: "main",
			database: 0,
		},
	],
	[
		"rediss+cluster://one:7000,two:7001",
		{
			kind: "cluster",
			tls: true,
			hosts: [
				{ host: "one", port: 7000 },
				{ host: "two", port: 7001 },
			],
			database: 0,
		},
	],
])("%s", (url, address) => {
	expect(parseRedisAddress(url)).toEqual(address);
});

test.each([
	["http://one"],
	["redis://"],
	["redis://one,two"],
	["redis://one:99999"],
	["redis://one/two"],
	["redis+sentinel://one"],
	["redis://:secret@one:port"],
])("%s is refused with what there is, and without a password", (url) => {
	const refused = (() => {
		try {
			return parseRedisAddress(url);
		} catch (error) {
			return error;
		}
	})();
	expect(refused).toMatchObject({ code: "bad_request", message: expect.stringContaining("redis://127.0.0.1:6379") });
	expect(String(refused)).not.toContain("secret");
});
