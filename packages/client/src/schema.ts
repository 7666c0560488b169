import { HoldfastError } from "./error.ts";
import type { Message } from "./message.ts";

/** The part of Standard Schema (standardschema.dev, version 1) that is used: any library's schema fits. */
export interface Schema<T = unknown> {
	readonly "~standard": {
		readonly version: 1;
		readonly vendor: string;
		validate(value: unknown): Validated<T> | Promise<Validated<T>>;
		readonly types?: { readonly input: unknown; readonly output: T } | undefined;
	};
}

type Validated<T> = { readonly value: T; readonly issues?: undefined } | { readonly issues: readonly Issue[] };

export interface Issue {
	readonly message: string;
	readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export interface ChannelOptions<T> {
	/** Any Standard Schema. A message that does not fit it goes to `onInvalid`, never to a handler. */
	readonly schema?: Schema<T>;
	/** Without it, such a message is an `error` of the client with the code `invalid`. */
	readonly onInvalid?: (message: Message, issues: readonly Issue[]) => void;
}

/** Hands a message on by `take` where it fits. */
type Accept<T> = (message: Message, take: (message: Message<T>) => unknown) => unknown;

export function fitting<T>({ schema, onInvalid }: ChannelOptions<T>): Accept<T> {
	return (message, take) => {
		if (schema === undefined) return take(message as Message<T>);
		const hand = (result: Validated<T>): unknown => {
			if (result.issues === undefined) return take({ ...message, data: result.value });
			if (onInvalid !== undefined) return onInvalid(message, result.issues);
			throw new HoldfastError("invalid", message.id, { cause: result });
		};
		const result = schema["~standard"].validate(message.data);
		return result instanceof Promise ? result.then(hand) : hand(result);
	};
}
