import { benchStartUp } from "./start-up.ts";

const smoke = process.argv.includes("--smoke");
await benchStartUp(smoke ? 2 : 20);
