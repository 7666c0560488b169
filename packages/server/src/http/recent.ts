/** Makes what a name stands for, and remembers it: what is asked for again and again is made once, whatever else is asked for. */
export class Recent<Value> {
	readonly #most: number;
	readonly #make: (name: string) => Value | undefined;
	/** In the order in which they were made. */
	readonly #known = new Map<string, Value>();

	/** `make`: what it answers undefined for, and what it throws for, is not remembered. */
	constructor(most: number, make: (name: string) => Value | undefined) {
		this.#most = most;
		this.#make = make;
	}

	get(name: string): Value | undefined {
		const known = this.#known.get(name);
		if (known !== undefined) return known;
		const made = this.#make(name);
		if (made === undefined) return undefined;
		if (this.#known.size >= this.#most) {
			const [oldest] = this.#known.keys();
			this.#known.delete(oldest as string);
		}
		this.#known.set(name, made);
		return made;
	}
}
