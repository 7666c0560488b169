/** The page that `npm start` opens, and what is not said again for each example. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Gallery, lookAt, startGallery } from "./gallery.ts";

/** Those with a page: the others are a kit, programs that are started, and a file to be taken over. */
const names = readdirSync("examples").filter((name) => existsSync(`examples/${name}/page.ts`));

let gallery: Gallery;

beforeAll(async () => {
	gallery = await startGallery();
});

afterAll(() => gallery.close());

test("the gallery shows every example, the lab and the console, and each link leads there", async () => {
	const visitor = await gallery.visit("");
	onTestFinished(visitor.close);
	const { page } = visitor;
	const links = await page.getByRole("link").evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).pathname));
	expect(new Set(links)).toEqual(new Set(["/lab/", "/console", ...names.map((name) => `/${name}/`)]));
	const pictures = page.locator("img");
	expect(await pictures.count()).toBe(names.length);
	await page.locator(".hint").scrollIntoViewIfNeeded();
	for (const picture of await pictures.all()) {
		await picture.scrollIntoViewIfNeeded();
		await expect.poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
	}
	await lookAt(visitor, "gallery");
	for (const link of links) {
		const answer = await page.goto(`${gallery.url}${link}`);
		expect(answer?.status(), link).toBe(200);
		expect(await page.title(), link).toMatch(/Holdfast/);
		if (link === "/console") continue;
		// Back to the gallery.
		await page.getByRole("heading", { level: 1 }).getByRole("link", { name: "Holdfast" }).click();
		await page.waitForURL(`${gallery.url}/`);
	}
	expect(visitor.errors).toEqual([]);
});

test.each(names)("%s tells what it is and how to run it, with a picture", (name) => {
	const text = readFileSync(`examples/${name}/README.md`, "utf8");
	expect(text).toContain(`npm start -w examples/${name}`);
	expect(text).toMatch(/!\[[^\]]{10,}\]\(picture\.png\)/);
	expect(readFileSync(`examples/${name}/picture.png`).length).toBeLessThan(200_000);
	expect(text.split("\n").length, "a few lines").toBeLessThan(50);
});

test.each(names)("%s is about 200 lines", (name) => {
	const lines = (file: string) => readFileSync(`examples/${name}/${file}.ts`, "utf8").split("\n").length;
	expect(lines("server") + lines("page")).toBeLessThanOrEqual(220);
});

test("nothing above a page's folder is given out, and no page may be framed or run what is not its own", async () => {
	const paths = [
		"/letters/../server.js",
		"/letters/%2e%2e/server.js",
		"/letters/..%2fserver.js",
		"/letters//etc/passwd",
		"/..%5cpackage.json",
	];
	for (const path of paths) expect((await get(path)).status, path).toBeGreaterThanOrEqual(400);
	const { headers } = await get("/letters/");
	expect(headers["content-security-policy"]).toMatch(/default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/);
	expect(headers["x-content-type-options"]).toBe("nosniff");
});

test("a folder without its slash leads to the page", async () => {
	const { status, headers } = await get("/letters");
	expect([status, headers["location"]]).toEqual([302, "letters/"]);
});

/** Not by fetch, which would tidy the path up. */
function get(path: string): Promise<{ status: number; headers: Readonly<Record<string, unknown>> }> {
	return new Promise((resolve, reject) => {
		const asked = request(gallery.url, { path, agent: false }, (response) => {
			response.resume();
			resolve({ status: response.statusCode ?? 0, headers: response.headers });
		});
		asked.once("error", reject).end();
	});
}
