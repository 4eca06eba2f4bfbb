import { request, type Suite, sends } from "../case.ts";
import { badJson, badType, done, refused, returned, stray } from "../words.ts";

const sync = (id: string) => request("guest-sync", `{"id":${id}}`);
const echoes = (id: string, back = id) =>
  sends(`guest-sync gives ${id} back as ${back}`, sync(id), [returned(back)]);
const refuses = (id: string) =>
  sends(`${id.length > 40 ? `an integer of ${id.length} digits` : id} is no int64`, sync(id), [
    badType("id", "integer"),
  ]);

export const integers: Suite = {
  topic: "integers",
  cases: [
    echoes("0"),
    echoes("-0", "0"),
    echoes("1"),
    echoes("-1"),
    echoes("2147483647"),
    echoes("2147483648"),
    echoes("-2147483648"),
    echoes("-2147483649"),
    echoes("4294967295"),
    echoes("4294967296"),
    echoes("9007199254740991"),
    echoes("9007199254740992"),
    echoes("9007199254740993"),
    echoes("-9007199254740993"),
    echoes("9223372036854775806"),
    echoes("9223372036854775807"),
    echoes("-9223372036854775807"),
    echoes("-9223372036854775808"),
    refuses("9223372036854775808"),
    refuses("-9223372036854775809"),
    refuses("18446744073709551615"),
    refuses("18446744073709551616"),
    refuses("-18446744073709551616"),
    refuses("1".repeat(400)),
    refuses("1.0"),
    refuses("1.5"),
    refuses("0.0"),
    refuses("-0.0"),
    refuses("1e3"),
    refuses("1E3"),
    refuses("1e+3"),
    refuses("1e-3"),
    refuses("1.0e3"),
    refuses("1e400"),
    sends("an integer in an exponent with a leading zero", sync("1e007"), [
      badType("id", "integer"),
    ]),
    sends(
      "a handle beyond int32 is told in full",
      request("guest-file-close", '{"handle":4294968296}'),
      [refused("handle '4294968296' has not been found")],
    ),
    sends(
      "a handle of int64's maximum is told in full",
      request("guest-file-close", '{"handle":9223372036854775807}'),
      [refused("handle '9223372036854775807' has not been found")],
    ),
    sends(
      "a handle of int64's minimum is told in full",
      request("guest-file-flush", '{"handle":-9223372036854775808}'),
      [refused("handle '-9223372036854775808' has not been found")],
    ),
    sends(
      "a handle beyond 2^53 is told in full",
      request("guest-file-read", '{"handle":9007199254740993}'),
      [refused("handle '9007199254740993' has not been found")],
    ),
    sends(
      "an id of the request as a handle does not disturb it",
      '{"execute":"guest-sync","arguments":{"id":9007199254740993},"id":9007199254740995}',
      ['{"return": 9007199254740993, "id": 9007199254740995}'],
    ),
    sends("01 is a stray token", sync("01"), [
      stray("01"),
      badJson("expecting value"),
      badJson("expecting value"),
    ]),
    sends("-01 is a stray token", sync("-01"), [
      stray("-01"),
      badJson("expecting value"),
      badJson("expecting value"),
    ]),
    sends("00 is a stray token", sync("00"), [
      stray("00"),
      badJson("expecting value"),
      badJson("expecting value"),
    ]),
    sends("+1 is a stray character", sync("+1"), [
      stray("+"),
      badJson("expecting value"),
      badJson("expecting value"),
    ]),
    sends("a minus alone takes the brace into its stray token", sync("-"), [
      stray("-}"),
      badJson("expecting value"),
    ]),
    sends("1. takes the brace into its stray token", sync("1."), [
      stray("1.}"),
      badJson("expecting value"),
    ]),
    sends(".5 is a stray character", sync(".5"), [
      stray("."),
      badJson("expecting value"),
      badJson("expecting value"),
    ]),
    sends("1e takes the brace into its stray token", sync("1e"), [
      stray("1e}"),
      badJson("expecting value"),
    ]),
    sends("1e+ takes the brace into its stray token", sync("1e+"), [
      stray("1e+}"),
      badJson("expecting value"),
    ]),
    sends("1.e5 is a stray token up to the e", sync("1.e5"), [
      stray("1.e"),
      badJson("expecting value"),
      badJson("expecting value"),
    ]),
    sends("1.5.5 is a number and a stray point", sync("1.5.5"), [
      stray("."),
      badJson("expecting value"),
      badJson("expecting value"),
    ]),
    sends("1e5.5 is a number and a stray point", sync("1e5.5"), [
      stray("."),
      badJson("expecting value"),
      badJson("expecting value"),
    ]),
    sends("0e1 is a number, a keyword and a number", sync("0e1"), [
      badJson("expected separator in dict"),
    ]),
    sends("0E1 is a number and a stray E", sync("0E1"), [
      stray("E"),
      badJson("expecting value"),
      badJson("expecting value"),
    ]),
    sends("-0e1 is a number, a keyword and a number", sync("-0e1"), [
      badJson("expected separator in dict"),
    ]),
    sends("0.0e1 is a number", sync("0.0e1"), [badType("id", "integer")]),
    sends("0x10 is a number, a keyword and a number", sync("0x10"), [
      badJson("expected separator in dict"),
    ]),
    sends("1_000 is a number and a stray underscore", sync("1_000"), [
      stray("_"),
      badJson("expecting value"),
      badJson("expecting value"),
    ]),
    sends("1,000 is a number, a separator and a leading zero", sync("1,000"), [
      stray("00"),
      badJson("expecting value"),
      badJson("expecting value"),
    ]),
    sends("--1 is a stray token of two characters", sync("--1"), [
      stray("--"),
      badJson("expecting value"),
      badJson("expecting value"),
    ]),
    sends("1a is a number and a keyword", sync("1a"), [badJson("expected separator in dict")]),
    sends("12true is a number and a keyword", sync("12true"), [
      badJson("expected separator in dict"),
    ]),
    sends('1"2" is a number and a string', sync('1"2"'), [badJson("expected separator in dict")]),
    sends("Infinity is a stray I", sync("Infinity"), [
      stray("I"),
      badJson("expecting value"),
      badJson("expecting value"),
    ]),
    sends("-Infinity is a stray token of two characters", sync("-Infinity"), [
      stray("-I"),
      badJson("expecting value"),
      badJson("expecting value"),
    ]),
    sends("NaN is a stray N", sync("NaN"), [
      stray("N"),
      badJson("expecting value"),
      badJson("expecting value"),
    ]),
    sends("a ping still works", request("guest-ping"), [done]),
  ],
};
