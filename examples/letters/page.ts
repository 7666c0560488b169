import { ask, byId, connect, type Message, make, reasonOf } from "@holdfast/kit/page";

const now = byId("now", HTMLElement);
const earlier = byId("earlier", HTMLElement);
const fault = byId("fault", HTMLElement);

/** Rows that a page keeps; the server keeps more. */
const most = 1000;

// Whoever comes late begins with the first; whoever was away goes on where it was. Each comes once, in order.
connect()
	.channel<string>("letters")
	.subscribe(show, { after: "first", onGap: () => put(make("li", "fault", "Some are no longer kept.")) });

function show({ id, data, time }: Message<string>): void {
	now.textContent = data;
	const when = make("time", "", new Date(time).toLocaleTimeString());
	when.dateTime = new Date(time).toISOString();
	put(make("li", "", make("span", "id", id), make("b", "", data), when));
}

function put(row: HTMLElement): void {
	earlier.prepend(row);
	if (earlier.childElementCount > most) earlier.lastElementChild?.remove();
}

byId("new", HTMLButtonElement).addEventListener("click", async () => {
	fault.textContent = "";
	try {
		await ask("new", {});
	} catch (error) {
		fault.textContent = reasonOf(error);
	}
});
