import { afterAll, beforeAll, onTestFinished, test } from "vitest";
import { type Gallery, startGallery } from "./gallery.ts";
import { expectNoFault, lookAtTop, visitLab } from "./lab.ts";

let gallery: Gallery;

beforeAll(async () => {
	gallery = await startGallery();
});

afterAll(() => gallery.close());

test("nothing stands in the way of anybody: at the beginning, in the middle, and when the server is gone", async () => {
	const lab = await visitLab(gallery);
	onTestFinished(lab.close);
	await lookAtTop(lab, "lab-empty");
	await lab.choose("Messages a second", "20");
	await lab.receive(100);
	await lab.page.evaluate(() => scrollTo(0, 0));
	await lookAtTop(lab, "lab");
	await lab.choose("Readers a column", "8");
	await lab.page.getByText("readers wait for each other").waitFor();
	await gallery.server.kill();
	await lab.page.locator("#state", { hasText: "No session" }).waitFor();
	await lookAtTop(lab, "lab-lost");
	await gallery.server.restart();
	await lab.page.locator("#state", { hasText: "Running" }).waitFor();
	await lab.choose("Readers a column", "1");
	await lab.begin();
	await lab.receive(8);
	await expectNoFault(lab);
});
