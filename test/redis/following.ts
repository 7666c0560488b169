/** What a node publishes, and what it is told. */
import type { Log, LogPage } from "@holdfast/server";

export const publish = (log: Log, ...data: readonly unknown[]) =>
	log.append(data.map((one) => ({ channel: "chat", data: JSON.stringify(one) })));

/** Whether it could be published. */
export const stored = (log: Log, data: unknown) =>
	publish(log, data).then(
		() => true,
		() => false,
	);

export function follow(log: Log) {
	const pages: LogPage[] = [];
	log.watch("chat", (page) => pages.push(page));
	const data = () => pages.flatMap(({ messages }) => messages.map((message) => JSON.parse(message.data)));
	const gaps = () => pages.flatMap(({ gap }) => gap?.reason ?? []);
	return { pages, data, gaps };
}
