/** Refusals over HTTP, by their status, out of the table of errors. */
import { type ErrorCode, errors } from "@holdfast/protocol";
import { object, type Schema, text } from "./schema.ts";
import { problem } from "./schemas.ts";

const retryAfter = { description: "Seconds to wait.", required: true, schema: { type: "integer", minimum: 1 } };

const requestId = { description: "Finds its line in the server's log.", required: true, schema: { type: "string" } };

/** What an answer of such a status says beside its body. */
const headers: Readonly<Record<number, object>> = {
	401: { "WWW-Authenticate": { description: "How to say who you are.", required: true, schema: { const: "Bearer" } } },
	405: { Allow: { description: "The methods that there are.", required: true, schema: { type: "string" } } },
	429: { "Retry-After": retryAfter },
	500: { "X-Request-Id": requestId },
	503: { "Retry-After": retryAfter, "X-Request-Id": requestId },
	507: { "X-Request-Id": requestId },
};

const codes = Object.keys(errors) as ErrorCode[];

function codesOf(status: number): readonly ErrorCode[] {
	return codes.filter((code) => errors[code].status === status);
}

const statuses = [...new Set(codes.map((code) => errors[code].status))];

/** For `components.responses`, under the status. */
export const problemResponses = Object.fromEntries(statuses.map((status) => [`Problem${status}`, responseOf(status)]));

function responseOf(status: number): object {
	const own = codesOf(status);
	const schema = object({
		...problem,
		title: text("In words, the same for each code.", { enum: [...new Set(own.map((code) => errors[code].title))] }),
		status: { const: status },
		code: text("What to decide by.", { enum: own }),
	});
	const examples = own.map((code) => [code, { summary: errors[code].remedy, value: exampleOf(code) }]);
	return {
		description: own.map((code) => `\`${code}\`: ${errors[code].title}. ${errors[code].remedy}`).join("\n\n"),
		...(status in headers ? { headers: headers[status] } : {}),
		content: { "application/problem+json": { schema, examples: Object.fromEntries(examples) } },
	};
}

function exampleOf(code: ErrorCode): Schema {
	const { status, title } = errors[code];
	return { type: "about:blank", title, status, detail: "What is wrong with this request.", code };
}

interface Refusal {
	readonly $ref: string;
	readonly description: string;
}

/** The responses of an operation that may refuse with `refusals`: each status names those that are meant. */
export function refusalResponses(refusals: readonly ErrorCode[]): Readonly<Record<string, Refusal>> {
	const told = statuses.map((status) => [status, codesOf(status).filter((code) => refusals.includes(code))] as const);
	return Object.fromEntries(
		told
			.filter(([, own]) => own.length > 0)
			.map(([status, own]) => [
				`${status}`,
				{ $ref: `#/components/responses/Problem${status}`, description: own.map((code) => `\`${code}\``).join(", ") },
			]),
	);
}
