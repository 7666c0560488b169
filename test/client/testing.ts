/** What the delivery specification imports where it runs through the client: the same, with other ways to read. */
export * from "../../packages/server/src/testing/index.ts";
export { clientWays as allWays, clientWays as wireWays } from "./ways.ts";
