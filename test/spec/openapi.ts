/** `docs/openapi.json`: the routes of the router, each as it is described. */
import type { ErrorCode } from "@holdfast/protocol";
import { routes } from "../../packages/server/src/http/router.ts";
import { common, type Described, operations } from "./operations.ts";
import { inPath } from "./parameters.ts";
import { problemResponses, refusalResponses } from "./problems.ts";
import { namedIn } from "./schema.ts";
import { schemas } from "./schemas.ts";
import { securitySchemes } from "./security.ts";

/** The router's methods under their paths, as `GET /v1/channels/*`. */
export const routed: readonly string[] = routes.flatMap(({ path, methods }) =>
	Object.keys(methods).map((method) => `${method} /${path.join("/")}`),
);

/** A described path as the router has it. */
export function asRouted(operation: string): string {
	return operation.replace(/\{\w+\}/g, "*");
}

export function openapi(): object {
	const paths: Record<string, Record<string, object>> = {};
	for (const [operation, described] of Object.entries(operations)) {
		const [method = "", path = ""] = operation.split(" ");
		const own = { ...paths[path], [method.toLowerCase()]: operationOf(operation, described) };
		const head = method === "GET" && routed.includes(`HEAD ${asRouted(path)}`);
		paths[path] = head ? { ...own, head: headOf(operation, described) } : own;
	}
	const names = new Set(Object.values(operations).map(({ tag }) => tag));
	return {
		openapi: "3.1.0",
		info: {
			title: "Holdfast over HTTP",
			version: "v1",
			summary: "Channels are logs, readers are cursors.",
			description: [
				"Made by `npm run docs`. PROTOCOL.md says what it means; asyncapi.json has the event streams and WebSockets.",
				"Any route answers OPTIONS with the methods that it has, another method with 405, and anything else is 404.",
				"Answers may have more fields in later versions.",
			].join("\n\n"),
			license: { name: "MIT", identifier: "MIT" },
		},
		servers: [{ url: "/" }],
		security: [{}, ...Object.keys(securitySchemes).map((name) => ({ [name]: [] }))],
		tags: [...names].map((name) => ({ name })),
		paths,
		components: {
			schemas: namedIn({ paths, problemResponses, inPath }, schemas),
			responses: problemResponses,
			parameters: inPath,
			securitySchemes,
		},
	};
}

const rights = {
	read: "Needs the right `read` for each channel.",
	publish: "Needs the right `publish` for each channel.",
	admin: "Needs the right `admin`.",
	credentials: "Needs credentials that are good.",
	each: "Each operation on it needs its own rights.",
};

function operationOf(operation: string, described: Described): object {
	const { tag, summary, description, right, body, answers } = described;
	const told = [description, right && rights[right]].filter((line) => line !== undefined).join("\n\n");
	return {
		operationId: idOf(operation),
		tags: [tag],
		summary,
		...(told === "" ? {} : { description: told }),
		...parametersOf(operation, described),
		...(body === undefined ? {} : { requestBody: { required: true, content: body } }),
		responses: { ...answers, ...refusalResponses(refusalsOf(operation, described)) },
		...(right === undefined ? { security: [] } : {}),
	};
}

/** As GET, without bodies; it neither waits nor opens a stream. */
function headOf(operation: string, described: Described): object {
	const answers = Object.entries(described.answers)
		.filter(([status]) => status !== "101")
		.map(([status, { content: _, ...answer }]) => [status, answer]);
	const refusals = Object.entries(refusalResponses(refusalsOf(operation, described))).map(([status, { description }]) => [
		status,
		{ description },
	]);
	return {
		operationId: idOf(operation.replace("GET", "HEAD")),
		tags: [described.tag],
		summary: `${described.summary}: the headers alone`,
		...parametersOf(operation, described),
		responses: Object.fromEntries([...answers, ...refusals]),
		...(described.right === undefined ? { security: [] } : {}),
	};
}

function parametersOf(operation: string, { parameters = [] }: Described): object {
	const names = [...operation.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ $ref: `#/components/parameters/${name}` }));
	const all = [...names, ...parameters];
	return all.length === 0 ? {} : { parameters: all };
}

/** Newcomers are let in at a pace, but for what must be known above all when a server is busy. */
function refusalsOf(operation: string, { refusals = [] }: Described): readonly ErrorCode[] {
	const paced: readonly ErrorCode[] = operation.includes(" /v1/") ? ["rate_limited"] : [];
	return [...common, ...paced, ...refusals];
}

/** `GET /v1/channels/{channel}` is `getChannelsChannel`. */
function idOf(operation: string): string {
	const words = operation.toLowerCase().match(/[a-z]+/g) ?? [];
	return words.map((word, i) => (i === 0 ? word : `${word[0]?.toUpperCase()}${word.slice(1)}`)).join("");
}
