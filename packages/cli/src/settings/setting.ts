/** What a setting is, and how the common kinds are read. */

export type SettingValue = number | string | boolean | readonly string[] | readonly object[] | Readonly<Record<string, object>>;

export interface Setting {
	/** The key in a config file. */
	readonly key: string;
	/** The heading in `--help`. */
	readonly group: string;
	/** What follows the flag, as commander writes it; none for a switch. */
	readonly argument?: string;
	/** Whether it stands in a config file alone: it would be no fit text for a flag. */
	readonly fileOnly?: true;
	readonly sentence: string;
	/** The value that `given` spells (text from a flag or the environment, or JSON from a config file). */
	read(given: unknown): SettingValue | undefined;
	/** What `read` takes, for the line that refuses. */
	readonly takes: string;
}

/** Text that is not empty. */
export function text(given: unknown): string | undefined {
	return typeof given === "string" && given.trim() !== "" ? given.trim() : undefined;
}

export function yesOrNo(given: unknown): boolean | undefined {
	if (given === true || given === "true" || given === "1") return true;
	if (given === false || given === "false" || given === "0") return false;
	return undefined;
}

/** A list, or text with commas or spaces between. */
export function list(given: unknown, fits: (one: string) => boolean = () => true): readonly string[] | undefined {
	const parts: unknown[] = Array.isArray(given) ? given : typeof given === "string" ? given.split(/[\s,]+/).filter(Boolean) : [];
	return parts.length > 0 && parts.every((one) => typeof one === "string" && fits(one)) ? (parts as string[]) : undefined;
}
