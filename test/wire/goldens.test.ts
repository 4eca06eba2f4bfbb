import { describe, expect, test } from "bun:test";
import { everyCut } from "./cuts.ts";
import { type Golden, readGoldens, resync } from "./golden.ts";
import { Responder } from "./responder.ts";
import { scannedEvents } from "./scan-events.ts";

const goldens = readGoldens();

test("there are goldens", () => {
  expect(goldens.length).toBeGreaterThan(250);
});

describe.each(goldens.map((golden): [string, Golden] => [golden.place, golden]))(
  "%s",
  (_, { input, events, replies }) => {
    const bytes = Buffer.concat([input, resync]);

    test("in one piece", () => {
      expect(scannedEvents([bytes])).toEqual([...events]);
      expect(answered([bytes])).toEqual([...replies]);
    });

    test("cut in every way", () => {
      for (const [cut, parts] of everyCut(bytes)) {
        expect({ cut, events: scannedEvents(parts) }).toEqual({ cut, events: [...events] });
        expect({ cut, replies: answered(parts) }).toEqual({ cut, replies: [...replies] });
      }
    });
  },
);

/** The reply lines, with the byte 0xFF as it is written in the goldens. */
function answered(parts: readonly Uint8Array[]): string[] {
  const responder = new Responder();
  const sent = Buffer.concat(parts.map((part) => responder.answer(part)));
  return sent.toString("latin1").replaceAll("\xff", "\\xff").split("\n").slice(0, -1);
}
