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
