import { describe, expect, test } from "bun:test";
import { guestDifferences, type Permitted, permitted } from "./guest-differences.ts";
import { judgeReplies } from "./judge-replies.ts";

const usb: Permitted = {
  command: "guest-get-disks",
  path: "[*].bus",
  qemuGa: "unknown",
  guestwire: "usb",
  row: "disk-bus-types",
};

function judge(before: string, own: string, table = [usb]) {
  const reply = (bus: string) => [{ name: "/dev/sda", bus }];
  const replies = { before: reply(before), own: reply(own), after: reply(before) };
  return judgeReplies("guest-get-disks", replies, table);
}

describe("judging replies", () => {
  test("equal replies need no permission", () => {
    expect(judge("usb", "usb", [])).toEqual({ unpermitted: [], unseen: [] });
  });

  test("a permitted difference is seen", () => {
    expect(judge("unknown", "usb")).toEqual({ unpermitted: [], unseen: [] });
  });

  test("a difference that nobody permits is told", () => {
    const told = [{ path: "[/dev/sda].bus", reference: "unknown", own: "usb" }];
    expect(judge("unknown", "usb", []).unpermitted).toEqual(told);
    expect(judge("unknown", "usb", [{ ...usb, path: "[*].unit" }]).unpermitted).toEqual(told);
    expect(judge("unknown", "usb", [{ ...usb, command: "guest-info" }]).unpermitted).toEqual(told);
  });

  test("other values than the permitted ones are told, on either side", () => {
    expect(judge("unknown", "scsi").unpermitted).toHaveLength(1);
    expect(judge("scsi", "usb").unpermitted).toHaveLength(1);
  });

  test("a permission that is not needed any more is told", () => {
    expect(judge("usb", "usb").unseen).toEqual([usb]);
  });

  test("every row of the guest's differences is permitted somewhere", () => {
    const rows = new Set<string>(permitted.map(({ row }) => row));
    expect(Object.keys(guestDifferences).filter((id) => !rows.has(id))).toEqual([]);
  });
});
