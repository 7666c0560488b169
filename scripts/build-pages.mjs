/**
 * Builds what a person opens: each example, the lab and the gallery. A folder has programs for Node, which become files of their
 * own in `dist`, and `page.ts` with `index.html` and `style.css`, which become the folder `dist/page` that the server gives out.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { pageFolders, root } from "./ready.mjs";

const sheets = ["apps/look/text.css", "apps/look/controls.css", "apps/look/panel.css", "examples/kit/style.css"];

for (const folder of pageFolders()) await build(join(root, folder));

async function build(folder) {
	const dist = join(folder, "dist");
	rmSync(dist, { recursive: true, force: true });
	const programs = readdirSync(folder).filter((name) => name.endsWith(".ts") && !/^page\.ts$|\.test\.ts$/.test(name));
	await bundle(
		{
			input: programs.map((name) => join(folder, name)),
			platform: "node",
			// Packages stay packages, but for the kit, which is none.
			external: (id) => !/^[./]|^@holdfast\/kit\//.test(id),
		},
		{ dir: dist },
	);
	const page = join(dist, "page");
	mkdirSync(page, { recursive: true });
	if (existsSync(join(folder, "page.ts"))) {
		await bundle({ input: join(folder, "page.ts"), platform: "browser" }, { file: join(page, "page.js"), minify: true });
	}
	for (const name of ["index.html", "picture.png"]) {
		if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(page, name));
	}
	const all = [...sheets.map((sheet) => join(root, sheet)), join(folder, "style.css")].filter(existsSync);
	writeFileSync(join(page, "page.css"), all.map((sheet) => readFileSync(sheet, "utf8")).join("\n"));
}

async function bundle(input, output) {
	const made = await rolldown({ ...input, logLevel: "warn" });
	await made.write({ format: "esm", ...output });
	await made.close();
}
