import { expect, test } from "vitest";
import type { WebSocket } from "ws";
import type { SocketTransport } from "../transport/socket.ts";
import { Inbox } from "./inbox.ts";

/** The two sides of a connection as the inbox sees them. */
function connection() {
	const resumes: (() => void)[] = [];
	const state = { reading: true, writable: true };
	const socket = {
		pause: () => {
			state.reading = false;
		},
		resume: () => {
			state.reading = true;
		},
	};
	const transport = {
		get writable() {
			return state.writable;
		},
		drained: (resume: () => void) => void resumes.push(resume),
	};
	return {
		state,
		inbox: new Inbox(socket as unknown as WebSocket, transport as unknown as SocketTransport),
		drain() {
			state.writable = true;
			for (const resume of resumes.splice(0)) resume();
		},
	};
}

const turns = async () => {
	for (let i = 0; i < 500; i++) await Promise.resolve();
};

test("frames are handled one after another, and not read while too many are under way", async () => {
	const { state, inbox } = connection();
	let finish = (): void => undefined;
	const held = new Promise<undefined>((resolve) => {
		finish = () => resolve(undefined);
	});
	const begun: number[] = [];
	for (let n = 0; n < 64; n++) {
		inbox.take(async () => {
			begun.push(n);
			return await held;
		});
	}
	await turns();
	expect({ begun, reading: state.reading }).toEqual({ begun: [0], reading: false });
	finish();
	await turns();
	expect({ begun: begun.length, reading: state.reading }).toEqual({ begun: 64, reading: true });
});

test("a connection that is filled by the answers to what was under way is read again when it has drained", async () => {
	const { state, inbox, drain } = connection();
	for (let n = 0; n < 64; n++) {
		inbox.take(async () => {
			state.writable = false;
			return undefined;
		});
	}
	await turns();
	expect(state.reading).toBe(false);
	drain();
	expect(state.reading).toBe(true);
});

test("a frame that comes while the connection is full stops the reading until it has drained", async () => {
	const { state, inbox, drain } = connection();
	state.writable = false;
	inbox.take(async () => undefined);
	await turns();
	expect(state.reading).toBe(false);
	drain();
	expect(state.reading).toBe(true);
});
