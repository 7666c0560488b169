/** Where code runs, as whatever brings it something sees it. */
import type { Chance } from "./chance.ts";
import type { World } from "./world.ts";

export interface Room {
	/** Milliseconds until it wakes. */
	readonly asleep: number;
	readonly gone: boolean;
}

/** On waking, late timers and what has come meanwhile are in no order. A room that is gone does nothing. */
export function whenAwake(world: World, chance: Chance, room: Room, run: () => void): void {
	if (room.gone) return;
	if (room.asleep === 0) run();
	else world.after(room.asleep + chance.between(0, 50), () => whenAwake(world, chance, room, run));
}

/** Milliseconds from one page to another, or to the browser and back. */
export function latency(chance: Chance): number {
	return chance.happens(0.95) ? chance.next() * 3 : chance.between(3, 100);
}
