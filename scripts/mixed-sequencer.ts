import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that work beside files that wait: the projects of a group side by side, and of each the larger files first. */
export class MixedSequencer extends BaseSequencer {
	override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
		const sorted = await super.sort(files);
		const counts = new Map<string, number>();
		const placed = sorted.map((file) => {
			const { name } = file.project;
			const place = counts.get(name) ?? 0;
			counts.set(name, place + 1);
			return { file, name, place };
		});
		const share = ({ name, place }: (typeof placed)[number]) => place / (counts.get(name) ?? 1);
		const order = ({ file }: (typeof placed)[number]) => file.project.config.sequence.groupOrder;
		return placed.sort((a, b) => order(a) - order(b) || share(a) - share(b)).map(({ file }) => file);
	}
}
