import { choose, type Favourite } from "../choose.ts";
import type { TransportName, Way } from "../way.ts";
import { FakeLink } from "./fake-link.ts";
import { FakeTime } from "./fake-time.ts";

export const best = ["websocket", "sse", "long-poll"] as const;

export function keep(name?: string): Favourite & { name: string | undefined } {
	const favourite = {
		name,
		get: () => favourite.name,
		set: (worked: string) => {
			favourite.name = worked;
		},
	};
	return favourite;
}

/** Of several ways: `links` in the order in which they were tried. */
export function choosing(names: readonly TransportName[] = best, favourite: Favourite = keep()) {
	const time = new FakeTime();
	const links: FakeLink[] = [];
	const events: string[] = [];
	const ways = new Map(
		names.map((name): [TransportName, Way] => {
			const way: Way = (_, told) => {
				const link = new FakeLink(name, time.at, told);
				links.push(link);
				return link;
			};
			return [name, way];
		}),
	);
	const way = choose(ways, favourite);
	const access = { url: "https://example.test", environment: time.environment, token: async () => undefined };
	const open = () =>
		way(access, {
			opened: (name) => events.push(`opened ${name}`),
			heard: () => events.push("heard"),
			goaway: () => events.push("goaway"),
			lost: ({ retryAfter }) => events.push(`lost ${retryAfter ?? ""}`.trim()),
		});
	return { time, links, events, link: open(), again: open, ways };
}

/** The newest link of a way. */
export function newest(links: readonly FakeLink[], name?: TransportName): FakeLink {
	return links.findLast((link) => name === undefined || link.name === name) as FakeLink;
}

export const names = (links: readonly FakeLink[]) => links.map(({ name }) => name);
export const openOnes = (links: readonly FakeLink[]) => names(links.filter(({ closed }) => !closed));
