/** Requests made to hurt: whatever they are answered, it takes bounded memory, and the agent is in sync behind them. */
import { expect, test } from "bun:test";
import { memberBucket } from "../../src/wire/member-order.ts";
import { Exchange } from "../fuzz/exchange.ts";
import { expectReplies } from "../fuzz/oracle.ts";
import { Random } from "../fuzz/random.ts";
import { attackFaults } from "./attack-rows.ts";
import { type AttackId, attacks } from "./attacks.ts";
import { colliding } from "./colliding-names.ts";
import { boundWords, PeakMemory } from "./memory.ts";
import { FaultTests } from "./side-by-side.ts";

const tests = new FaultTests(attackFaults);
/** A longer text is what was sent, quoted. */
const quotedMax = 120;

for (const [id, make] of Object.entries(attacks)) {
  tests.show(id as AttackId, async ({ agent }) => {
    using client = await agent.client();
    const path = agent.file("file");
    const handle = client.call("guest-file-open", { path, mode: "w+" });
    const exchange = new Exchange(client, new Random(1));
    const text = make().replace("<handle>", String(handle));
    const peak = new PeakMemory(agent.pid);
    const lines = exchange.probed(text);
    const memory = boundWords(peak.mib, 128, 512);
    expectReplies(lines);
    return `${wordsOf(lines[0] ?? "")}; needs ${memory}`;
  });
}

function wordsOf(line: string): string {
  const found = /"class": "(\w+)", "desc": "(.*)"\}\}$/.exec(line);
  if (found === null) return line.length <= quotedMax ? `\`${line}\`` : "answered";
  const [, name, desc = ""] = found;
  return desc.length <= quotedMax
    ? `refused: \`${desc}\``
    : `refused as ${name}, with all that was sent`;
}

test("the names that collide are many, and in one bucket", () => {
  const names = Array.from({ length: 20_000 }, (_, index) => colliding(index));
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(names.map(memberBucket)).size).toBe(1);
});
