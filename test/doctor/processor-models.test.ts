/** What the doctor says about QEMU's processor models, by QEMU's own word. */
import { describe, expect, test } from "bun:test";
import { goodModels, oldModels } from "../../src/doctor/guest/executable.ts";
import { x86V2Features } from "../../src/linux/processor-level.ts";
import { qemuProgram } from "../guest/qemu.ts";

const isThere = Bun.which(qemuProgram) !== null;

/** What the kernel calls otherwise than QEMU does. */
const qemuNames: Readonly<Record<string, string>> = {
  lahf_lm: "lahf-lm",
  sse4_1: "sse4.1",
  sse4_2: "sse4.2",
};

type Properties = Readonly<Record<string, unknown>>;

/** The properties of models, asked of a machine that is never started (QMP, query-cpu-model-expansion). */
async function propertiesOf(models: readonly string[]): Promise<Map<string, Properties>> {
  const machine = ["-machine", "pc", "-accel", "tcg", "-S", "-nodefaults", "-display", "none"];
  const questions = models.map((name) => ({
    execute: "query-cpu-model-expansion",
    arguments: { type: "full", model: { name } },
  }));
  const requests = [{ execute: "qmp_capabilities" }, ...questions, { execute: "quit" }];
  const qemu = Bun.spawn([qemuProgram, ...machine, "-qmp", "stdio"], {
    stdin: Buffer.from(requests.map((request) => JSON.stringify(request)).join("\n")),
    stderr: "inherit",
  });
  const lines = (await new Response(qemu.stdout).text()).trim().split("\n");
  const answers = lines
    .map((line) => JSON.parse(line).return?.model?.props as Properties | undefined)
    .filter((properties) => properties !== undefined);
  expect(answers).toHaveLength(models.length);
  return new Map(models.map((name, index) => [name, answers[index] as Properties]));
}

describe.skipIf(!isThere)(
  `QEMU's processor models${isThere ? "" : ` (needs ${qemuProgram})`}`,
  () => {
    test("are enough or not as the doctor says", async () => {
      const found = await propertiesOf([...oldModels, ...goodModels]);
      const isEnough = (properties: Properties) =>
        x86V2Features.every((name) => properties[qemuNames[name] ?? name] === true);
      const enough = [...found].filter(([, properties]) => isEnough(properties));
      expect(enough.map(([name]) => name)).toEqual(goodModels);
    });
  },
);
