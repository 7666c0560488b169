/** The client with a bug in it: one replacement in one of its files. */
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

const packages = fileURLToPath(new URL("../../../packages/", import.meta.url));

/** Bundles the client with the bug. It throws where the file does not hold what was right: then the bug must be planted anew. */
export async function plant({ file, right, wrong }: Bug): Promise<Connect> {
	let planted = 0;
	const bundle = await rolldown({
		input: `${packages}client/src/index.ts`,
		external: ["ws"],
		logLevel: "silent",
		resolve: { alias: { "@holdfast/protocol": `${packages}protocol/src/index.ts` } },
		plugins: [
			{
				name: "plant",
				transform(code, id) {
					if (!id.endsWith(`/client/src/${file}`)) return undefined;
					const parts = code.split(right);
					if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times: ${right}`);
					planted += 1;
					return parts.join(wrong);
				},
			},
		],
	});
	const { output } = await bundle.generate({ format: "esm" });
	if (planted !== 1) throw new Error(`${file} is no part of the client.`);
	const text = Buffer.from(output[0].code).toString("base64");
	const client = (await import(/* @vite-ignore */ `data:text/javascript;base64,${text}`)) as { readonly connect: Connect };
	return client.connect;
}
