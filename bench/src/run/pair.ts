/** A server and the generator that loads it, fresh for each measurement. */
import type { GeneratorCalls } from "../load/generator.ts";
import type { ServerCalls } from "../servers/serve.ts";
import type { Target } from "../targets.ts";
import { Child, cores } from "./child.ts";

export class Pair {
	readonly server: Child<ServerCalls>;
	readonly generator: Child<GeneratorCalls>;
	readonly #target: Target;
	#port = 0;

	constructor(target: Target, flags: readonly string[] = []) {
		this.#target = target;
		this.server = new Child({ file: `servers/${target.server}`, core: cores.server, flags });
		this.generator = new Child({ file: "load/generator", core: cores.generator });
	}

	async connect(): Promise<void> {
		const { port, control } = await this.server.ask("listen");
		this.#port = port;
		await this.generator.ask("confirmTo", control);
	}

	/** Resolves when `readers` more are ready. */
	subscribe(readers: number): Promise<void> {
		const { wire, path, ready } = this.#target;
		return this.generator.ask("subscribe", { wire, port: this.#port, path, readers, ready });
	}

	/** @throws Error when a message was lost, repeated or out of order. */
	async deliveries(): Promise<number> {
		const { deliveries, faults } = await this.generator.ask("received");
		if (faults.length > 0) throw new Error(`${this.#target.name}: ${faults.join("; ")}`);
		return deliveries;
	}

	async end(): Promise<void> {
		await Promise.all([this.server.end(), this.generator.end()]);
	}
}
