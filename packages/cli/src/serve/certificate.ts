/** The certificate of a server, as it stands in its two files now: whoever renews it replaces them, and restarts nothing. */
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { CommandError, describe } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import type { TlsFiles } from "../settings/resolve.ts";
import type { Tell } from "./sight/events.ts";

export interface Pair {
	readonly cert: string;
	readonly key: string;
}

export interface Certificate {
	readonly pair: Pair;
	/** Hands each pair that comes later to `use`, until the command is asked to stop. */
	follow(use: (pair: Pair) => void): void;
}

/** The files are read so often: what tells of changes in a folder knows nothing of links, by which Kubernetes replaces a secret. */
const interval = 1000;

/** @throws CommandError when a file cannot be read, or the two do not fit together. */
export async function openCertificate(files: TlsFiles, tell: Tell, io: Io): Promise<Certificate> {
	try {
		const pair = await readPair(files);
		return { pair, follow: (use) => void follow(files, pair, use, tell, io) };
	} catch (cause) {
		const message = `cannot use the certificate ${files.cert} with the key ${files.key}: ${describe(cause)}`;
		throw new CommandError("unavailable", message, { cause });
	}
}

async function follow(files: TlsFiles, first: Pair, use: (pair: Pair) => void, tell: Tell, io: Io): Promise<void> {
	let known: Pair | string = first;
	let told = true;
	while (!io.stop.aborted) {
		await io.sleep(interval, io.stop);
		const found = await fittingPair(files);
		if (isSame(found, known)) {
			// One file is replaced after the other: only what stays wrong is told.
			if (typeof found === "string" && !told) {
				tell({ event: "certificate_misfit", text: `the certificate stays as it was: ${found}`, fields: { error: found } });
			}
			told = true;
			continue;
		}
		known = found;
		told = typeof found !== "string";
		if (typeof found === "string") continue;
		use(found);
		const text = `new connections get the certificate that ${files.cert} holds now`;
		tell({ event: "certificate_renewed", text, fields: { file: files.cert } });
	}
}

/** Or why there is none. */
async function fittingPair(files: TlsFiles): Promise<Pair | string> {
	try {
		return await readPair(files);
	} catch (error) {
		return describe(error);
	}
}

/** @throws Error when a file cannot be read, or the two do not fit together. */
async function readPair(files: TlsFiles): Promise<Pair> {
	const [cert, key] = await Promise.all([readFile(files.cert, "utf8"), readFile(files.key, "utf8")]);
	// As one is that is just being written: Node would take it for none at all, and nobody could connect.
	if (cert === "" || key === "") throw new Error(`${cert === "" ? files.cert : files.key} is empty`);
	createSecureContext({ cert, key });
	return { cert, key };
}

function isSame(one: Pair | string, other: Pair | string): boolean {
	if (typeof one === "string" || typeof other === "string") return one === other;
	return one.cert === other.cert && one.key === other.key;
}
