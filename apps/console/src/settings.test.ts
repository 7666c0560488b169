import { expect, test } from "vitest";
import { channelFault, readSettings, type Settings, writeSettings } from "./settings.ts";

test("what was written is read back", () => {
	const settings: Settings = { channel: "a:b~c.d_e-1", transport: "poll", begin: "first", interval: 500 };
	expect(readSettings(writeSettings(settings))).toEqual(settings);
});

test("what is missing or not understood is as by default", () => {
	const byDefault = readSettings("");
	expect(readSettings("#transport=carrier-pigeon&begin=yesterday&interval=1&toString=1")).toEqual(byDefault);
	expect(readSettings("#transport=toString").transport).toBe(byDefault.transport);
	expect(channelFault(byDefault.channel)).toBeUndefined();
});

test.each(["a", "A.b_c~d:e-9", "...", "$own", "x".repeat(255)])("%s is a channel's name", (name) => {
	expect(channelFault(name)).toBeUndefined();
});

test.each([
	["", "needs a name"],
	["x".repeat(256), "at most 255"],
	[".", "no names"],
	["..", "no names"],
	["a b", "Only letters"],
	["a/b", "Only letters"],
	["ä", "Only letters"],
	["a$", "Only letters"],
])("%s is no channel's name, and why is told", (name, why) => {
	expect(channelFault(name)).toContain(why);
});
