import { expect, test } from "vitest";
import { shortened, tokenFault } from "./token.ts";

test.each(["eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "hf_shop-._~+/=", "x"])("%s may be a token", (text) => {
	expect(tokenFault(text)).toBeUndefined();
});

test.each(["Bearer abc", "abc\u0000", "tökén", "a\nb"])("%j can be no token, and why is told", (text) => {
	expect(tokenFault(text)).toContain("ASCII");
});

test("nothing is no token", () => {
	expect(tokenFault("")).toBe("Paste a token or an API key.");
});

test("of a secret at most eight characters are shown, and a quarter of a short one", () => {
	expect(shortened("abcdefgh".repeat(10))).toBe("abcdefgh…");
	expect(shortened("abcdefgh")).toBe("ab…");
	expect(shortened("abc")).toBe("…");
});
