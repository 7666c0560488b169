/** The client with a bug in it: a replacement in one of its files. */
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import type { Connect } from "./run.ts";

export interface Bug {
	/** In `packages/client/src`. */
	readonly file: string;
	/** Stands there exactly once. */
	readonly right: string;
	readonly wrong: string;
}

/** No bug: room for four messages that wait for a handler, in place of five hundred. */
export const roomForFour: Bug = { file: "reader.ts", right: "const most = 500;", wrong: "const most = 4;" };

const packages = fileURLToPath(new URL("../../../packages/", import.meta.url));

/** Bundles the client with the bugs. It throws where a file does not hold what was right: then the bug must be planted anew. */
export async function plant(...bugs: readonly Bug[]): Promise<Connect> {
	const planted = new Set<Bug>();
	const bundle = await rolldown({
		input: `${packages}client/src/index.ts`,
		external: ["ws"],
		logLevel: "silent",
		resolve: { alias: { "@holdfast/protocol": `${packages}protocol/src/index.ts` } },
		plugins: [
			{
				name: "plant",
				transform(source, id) {
					let code = source;
					for (const bug of bugs.filter(({ file }) => id.endsWith(`/client/src/${file}`))) {
						const parts = code.split(bug.right);
						if (parts.length !== 2) throw new Error(`${bug.file} holds ${parts.length - 1} times: ${bug.right}`);
						planted.add(bug);
						code = parts.join(bug.wrong);
					}
					return code === source ? undefined : code;
				},
			},
		],
	});
	const { output } = await bundle.generate({ format: "esm" });
	for (const bug of bugs) if (!planted.has(bug)) throw new Error(`${bug.file} is no part of the client.`);
	const text = Buffer.from(output[0].code).toString("base64");
	const client = (await import(/* @vite-ignore */ `data:text/javascript;base64,${text}`)) as { readonly connect: Connect };
	return client.connect;
}
