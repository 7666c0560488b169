/** The system's Chromium, without anything that it would do on the network by itself. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];

const args = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
];

export function launchChromium(): Promise<Browser> {
	const executablePath = places.find(existsSync);
	if (executablePath === undefined) throw new Error("There is no Chromium; scripts/setup-tests.sh installs it");
	return chromium.launch({ executablePath, args });
}
