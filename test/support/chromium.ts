/** The system's Chromium, without anything that it would do on the network by itself. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];

/** Each window would have a list of suggestions under its address bar, two pages of their own, that take longer than the page that is tested. */
const suggestions = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup"];

/** What Playwright turns off. It is said again, for the last such switch counts. */
const byPlaywright = [
	"AvoidCorsURLLoaderRestartOnRedirect",
	"AvoidUnnecessaryBeforeUnloadCheckSync",
	"DestroyProfileOnBrowserClose",
	"HttpsFirstBalancedModeAutoEnable",
	"HttpsUpgrades",
	"LensOverlay",
	"MediaRouter",
	"PaintHolding",
	"ThirdPartyStoragePartitioning",
	...["AimEnabled", "NetworkTimeServiceQuerying", "OptimizationHints", "PreconnectToSearch"],
];

const args = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	`--disable-features=${[...byPlaywright, ...suggestions]}`,
];

export function launchChromium(): Promise<Browser> {
	const executablePath = places.find(existsSync);
	if (executablePath === undefined) throw new Error("There is no Chromium; scripts/setup-tests.sh installs it");
	return chromium.launch({ executablePath, args });
}
