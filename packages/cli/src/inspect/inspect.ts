/** `holdfast inspect`: what a data folder holds, read only. */
import { formatCursor } from "@holdfast/protocol";
import { type DiskInspection, inspectDisk } from "@holdfast/server";
import { CommandError, describe } from "../exit-codes.ts";
import { type Io, say } from "../io.ts";

/**
 * Whether everything could be read.
 *
 * @throws CommandError when there is no store in the folder, or it cannot be opened.
 */
export async function inspect(folder: string, json: boolean, io: Io): Promise<boolean> {
	const inspection = await look(folder);
	say(io.stdout, json ? JSON.stringify(wireForm(folder, inspection)) : tableForm(folder, inspection, io.now()));
	for (const channel of inspection.damaged) say(io.stderr, `holdfast: the record of channel ${channel} cannot be read`);
	return inspection.damaged.length === 0;
}

async function look(folder: string): Promise<DiskInspection> {
	try {
		return await inspectDisk(folder);
	} catch (cause) {
		throw new CommandError("unavailable", describe(cause), { cause });
	}
}

/** As `GET /v1/channels` shows channels. */
function wireForm(folder: string, { fileBytes, usedBytes, owner, channels, damaged }: DiskInspection): object {
	return {
		folder,
		fileBytes,
		usedBytes,
		owner: owner ?? null,
		channels: channels.map((info) => ({
			...info,
			head: formatCursor(info.head),
			first: info.first === null ? null : formatCursor(info.first),
		})),
		damaged,
	};
}

function tableForm(folder: string, { fileBytes, usedBytes, owner, channels }: DiskInspection, now: number): string {
	const rows = channels.map(({ channel, messages, bytes, first, head }) => [
		channel,
		String(messages),
		roughly(bytes),
		first === null ? "-" : formatCursor(first),
		formatCursor(head),
	]);
	const all = channels.reduce((sum, { messages }) => sum + messages, 0);
	const seen = owner === undefined ? 0 : Math.max(0, Math.round((now - owner.seen) / 1000));
	const who = owner === undefined ? "nobody" : `process ${owner.pid} on ${owner.host}, seen ${seen} s ago`;
	return [
		`${folder}: ${roughly(usedBytes)} in use of a file of ${roughly(fileBytes)}; owner: ${who}`,
		...align([["CHANNEL", "MESSAGES", "DATA", "FIRST", "HEAD"], ...rows]),
		`${channels.length} ${channels.length === 1 ? "channel" : "channels"}, ${all} ${all === 1 ? "message" : "messages"}`,
	].join("\n");
}

/** Columns of numbers stand to the right. */
function align(rows: readonly (readonly string[])[]): string[] {
	const widths = rows[0]?.map((_, column) => rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), 0)) ?? [];
	return rows.map((row) =>
		row
			.map((cell, column) =>
				column === 1 || column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
			)
			.join("  ")
			.trimEnd(),
	);
}

/** A size for people, in the largest unit that leaves at least one. */
function roughly(bytes: number): string {
	const units = ["B", "KiB", "MiB", "GiB"];
	const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
	return power === 0 ? `${bytes} B` : `${(bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
}
