/** `npm run pictures`: the pictures of the examples' READMEs and of the gallery, from what their tests saw. */
import { copyFileSync, existsSync } from "node:fs";
import { basename, join } from "node:path";
import { pageFolders, root } from "./ready.mjs";

for (const folder of pageFolders()) {
	const shot = join(root, "shots", `${basename(folder)}-1280-light.png`);
	if (existsSync(shot)) copyFileSync(shot, join(root, folder, "picture.png"));
	else console.error(`There is no ${shot}; its test makes it.`);
}
