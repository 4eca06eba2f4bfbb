import { bytes, join, request, type Suite, sends } from "../case.ts";
import {
  badJson,
  badType,
  delimited,
  done,
  refused,
  returned,
  stray,
  strayByte,
} from "../words.ts";

const ff = bytes("\xff");
const fe = bytes("\xfe");
const ping = '{"execute":"guest-ping"}';
const delimitedSync = (id: number | string) => request("guest-sync-delimited", `{"id":${id}}`);
const notObject = refused("QMP input must be a JSON object");

export const resync: Suite = {
  topic: "0xFF and guest-sync-delimited",
  cases: [
    sends("0xFF alone is one error", ff, [strayByte]),
    sends("two 0xFF are two errors", bytes("\xff\xff"), [strayByte, strayByte]),
    sends(
      "ten 0xFF are ten errors",
      bytes("\xff".repeat(10)),
      Array.from({ length: 10 }, () => strayByte),
    ),
    sends("0xFE alone is one error", fe, [strayByte]),
    sends("0xFE and 0xFF are two errors", bytes("\xfe\xff"), [strayByte, strayByte]),
    sends("0xFF and a newline", bytes("\xff\n"), [strayByte]),
    sends("the usual handshake", join(ff, `${delimitedSync(123)}\n`), [strayByte, delimited(123)]),
    sends("guest-sync-delimited without a 0xFF before it", delimitedSync(1), [delimited(1)]),
    sends("only its own reply carries the 0xFF", delimitedSync(1) + ping + delimitedSync(2), [
      delimited(1),
      done,
      delimited(2),
    ]),
    sends("guest-sync sets no 0xFF", join(ff, request("guest-sync", '{"id":5}')), [
      strayByte,
      returned(5),
    ]),
    sends("guest-sync-delimited with int64's minimum", delimitedSync("-9223372036854775808"), [
      delimited("-9223372036854775808"),
    ]),
    sends("a failing guest-sync-delimited sets no 0xFF", delimitedSync('"x"'), [
      badType("id", "integer"),
    ]),
    sends("a guest-sync-delimited without id sets no 0xFF", request("guest-sync-delimited"), [
      refused("Parameter 'id' is missing"),
    ]),
    sends("and none for the next reply either", request("guest-sync-delimited") + ping, [
      refused("Parameter 'id' is missing"),
      done,
    ]),
    sends("a complete request before 0xFF is answered", join(ping, ff, ping), [
      done,
      strayByte,
      done,
    ]),
    sends("0xFF between braces of one request", join("{", ff, ping), [strayByte, done]),
    sends("0xFF inside a string", join('{"execute":"guest-p', ff, ping), [
      stray('"guest-p\ufffd'),
      done,
    ]),
    sends("0xFF inside a single-quoted string", join("{'execute':'guest-p", ff, ping), [
      stray("'guest-p\ufffd"),
      done,
    ]),
    sends("0xFF behind a backslash", join('{"a":"x\\', ff, ping), [stray('"x\\\ufffd'), done]),
    sends("0xFF inside \\u", join('{"a":"x\\u00', ff, ping), [stray('"x\\u00\ufffd'), done]),
    sends("0xFF inside a UTF-8 sequence", join('{"a":"', bytes("\xe2\x82"), ff, ping), [
      stray('"\ufffd\ufffd'),
      done,
    ]),
    sends("0xFF behind a number in an object", join('{"a":12', ff, ping), [strayByte, done]),
    sends("0xFF behind a minus", join('{"a":-', ff, ping), [stray("-\ufffd"), done]),
    sends("0xFF behind a point", join('{"a":1.', ff, ping), [stray("1.\ufffd"), done]),
    sends("0xFF behind an e", join('{"a":1e', ff, ping), [stray("1e\ufffd"), done]),
    sends("0xFF behind a keyword in an object", join('{"a":tru', ff, ping), [strayByte, done]),
    sends("0xFF behind a colon", join('{"a":', ff, ping), [strayByte, done]),
    sends("0xFF behind a comma", join('{"a":1,', ff, ping), [strayByte, done]),
    sends("0xFF behind a key", join('{"a"', ff, ping), [strayByte, done]),
    sends("0xFF deep inside arrays", join("[[[[[[", ff, ping), [strayByte, done]),
    sends("0xFF at the deepest level", join("[".repeat(1024), ff, "[".repeat(1024), ff, ping), [
      strayByte,
      strayByte,
      done,
    ]),
    sends("0xFF behind a number at the top", join("12", ff, ping), [notObject, strayByte, done]),
    sends("0xFF behind a float at the top", join("1.5e3", ff, ping), [notObject, strayByte, done]),
    sends("0xFF behind a keyword at the top", join("true", ff, ping), [notObject, strayByte, done]),
    sends("0xFF behind an unknown keyword at the top", join("tru", ff, ping), [
      badJson("invalid keyword 'tru'"),
      strayByte,
      done,
    ]),
    sends("0xFF behind a string at the top", join('"x"', ff, ping), [notObject, strayByte, done]),
    sends("0xFF behind an open string at the top", join('"x', ff, ping), [stray('"x\ufffd'), done]),
    sends("0xFE inside a string", join('{"execute":"guest-p', fe, ping), [
      stray('"guest-p\ufffd'),
      done,
    ]),
    sends("0xFE resets like 0xFF", join('{"a":[', fe, ping), [strayByte, done]),
    sends("0xFF while skipping rubbish", join("@abc", ff, ping), [stray("@"), strayByte, done]),
    sends("0xFF behind a leading zero", join("0123", ff, ping), [stray("01"), strayByte, done]),
    sends(
      "half a request, 0xFF and the handshake",
      join('{"execute":"guest-file-open","arguments":{"path":"/etc', ff, delimitedSync(9)),
      [stray('"/etc\ufffd'), delimited(9)],
    ),
    sends(
      "three handshakes in a row",
      join(ff, delimitedSync(1), ff, delimitedSync(2), ff, delimitedSync(3)),
      [strayByte, delimited(1), strayByte, delimited(2), strayByte, delimited(3)],
    ),
    sends("0xFF on both sides of the handshake", join(ff, delimitedSync(1), ff), [
      strayByte,
      delimited(1),
      strayByte,
    ]),
    sends(
      "a handshake cut by a second one",
      join(ff, delimitedSync(1).slice(0, 30), ff, delimitedSync(2)),
      [strayByte, stray('"guest-sync-delimit\ufffd'), delimited(2)],
    ),
    sends(
      "a string of 4000 characters cut by 0xFF is told in full",
      join(`"${"x".repeat(4000)}`, ff, ping),
      [stray(`"${"x".repeat(4000)}\uFFFD`), done],
    ),
    {
      name: "0xFF as the first byte of a read of its own",
      steps: [{ ask: `${ping}{"execute":"guest-` }, { ask: ff }, { ask: ping }],
      replies: [done, stray('"guest-\uFFFD'), done],
    },
    {
      name: "a half request that no 0xFF ended shows in the next 0xFF's error",
      steps: [{ send: '{"execute":"guest-ping","id":"abc' }],
      replies: [stray('"abc\ufffd'), "(the final 0xFF was answered otherwise)"],
    },
  ],
};
