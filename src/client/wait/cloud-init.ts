import * as v from "valibot";
import { readGuestFile } from "../read-guest-file.ts";
import { type Condition, reached } from "./condition.ts";

/** What cloud-init writes at its end, and ds-identify when there is nothing for it to do; both are documented. */
const resultPath = "/run/cloud-init/result.json";
const disabledPath = "/run/cloud-init/disabled";
const resultBytesMax = 1024 * 1024;

const resultSchema = v.object({ v1: v.object({ errors: v.array(v.string()) }) });

/** cloud-init has done its work. */
export const cloudInitCondition: Condition = {
  name: "cloud-init",
  async look(client) {
    const text = await readGuestFile(client, resultPath, resultBytesMax);
    if (text === null) {
      if ((await readGuestFile(client, disabledPath, resultBytesMax)) !== null) return reached;
      return { kind: "pending", what: `there is no ${resultPath} yet` };
    }
    const result = v.safeParse(resultSchema, parsed(Buffer.from(text).toString()));
    if (!result.success) return { kind: "pending", what: `${resultPath} is not complete` };
    const [error] = result.output.v1.errors;
    return error === undefined ? reached : { kind: "failed", why: `cloud-init failed: ${error}` };
  },
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // It is being written.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
