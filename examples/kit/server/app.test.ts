import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { alone, type Example, together } from "./app.ts";
import { problem } from "./problem.ts";
import { session } from "./session.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-kit-"));
const ends: (() => unknown)[] = [];

afterEach(async () => {
	for (const end of ends.splice(0).reverse()) await end();
	rmSync(folder, { recursive: true, force: true });
});

/** Says who is there, and lets them say who they are. */
const who: Example = async (app) => {
	const name = session(app, "name");
	app.get("/me", (request) => ({ name: name.of(request.raw) ?? null }));
	app.post<{ Body: { name: string } }>("/me", async (request, reply) => {
		name.set(reply, request.body.name);
		return {};
	});
	app.post("/out", async (_, reply) => {
		name.clear(reply);
		return {};
	});
	app.get("/fails", () => {
		throw new Error("a secret");
	});
	app.get("/refuses", () => {
		throw problem(409, "Nothing is left.");
	});
};

async function start(make = together({ "/a": who, "/b": who }), kept?: string): Promise<string> {
	const app = await make({ folder: kept, drainTime: 0 });
	const server = createServer((request, response) => app.handle(request, response));
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	ends.push(() => {
		server.close();
		server.closeAllConnections();
		return app.close();
	});
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function signIn(url: string, name = "Ann; Path=/"): Promise<{ cookie: string; whole: string }> {
	const json = { "Content-Type": "application/json" };
	const { headers } = await fetch(`${url}/me`, { method: "POST", headers: json, body: JSON.stringify({ name }) });
	const whole = headers.getSetCookie()[0] ?? "";
	return { cookie: whole.split(";")[0] ?? "", whole };
}

async function me(url: string, cookie: string): Promise<unknown> {
	return ((await (await fetch(`${url}/me`, { headers: { cookie } })).json()) as { name: unknown }).name;
}

test("a name that was set is known again, whatever it is made of, and is of no use to scripts and other sites", async () => {
	const url = `${await start()}/a`;
	const { cookie, whole } = await signIn(url);
	expect(await me(url, cookie)).toBe("Ann; Path=/");
	expect(whole).toMatch(/; Path=\/a; HttpOnly; SameSite=Lax$/);
	expect(await me(url, "")).toBeNull();
});

test("a name whose signature is not ours is nobody's", async () => {
	const url = `${await start()}/a`;
	const { cookie } = await signIn(url, "ann");
	expect(await me(url, cookie.replace("ann", "bob"))).toBeNull();
	expect(await me(url, cookie.slice(0, -3))).toBeNull();
	expect(await me(url, "name=ann")).toBeNull();
	expect(await me(url, "name=%")).toBeNull();
});

test("a name is kept over a restart where messages are, and its secret is read by nobody else", async () => {
	const first = await start(undefined, folder);
	const { cookie } = await signIn(`${first}/a`, "ann");
	for (const end of ends.splice(0)) await end();
	expect(await me(`${await start(undefined, folder)}/a`, cookie)).toBe("ann");
	expect(statSync(join(folder, "examples/cookie-secret")).mode & 0o077).toBe(0);
	expect(existsSync(join(folder, "examples/data.mdb"))).toBe(true);
});

test("errors are told as problems, and what is inside stays there", async () => {
	const url = `${await start()}/a`;
	const told = async (path: string) => {
		const response = await fetch(`${url}${path}`);
		expect(response.headers.get("content-type")).toContain("application/problem+json");
		return (await response.json()) as Record<string, unknown>;
	};
	expect(await told("/refuses")).toMatchObject({ status: 409, title: "Conflict", detail: "Nothing is left." });
	expect(await told("/nothing")).toMatchObject({ status: 404 });
	const fault = await told("/fails");
	expect(fault).toMatchObject({ status: 500 });
	expect(JSON.stringify(fault)).not.toContain("secret");
});

test("one alone is where it is in the gallery, and the root leads to it", async () => {
	const url = await start(alone("/a", who));
	const { status, headers } = await fetch(url, { redirect: "manual" });
	expect([status, headers.get("location")]).toEqual([302, "./a/"]);
	expect(await me(`${url}/a`, "")).toBeNull();
});
