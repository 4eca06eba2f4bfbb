import { request, type Suite, sends } from "../case.ts";
import { badType, done, refused, returned } from "../words.ts";

const missing = (name: string) => refused(`Parameter '${name}' is missing`);
const unexpected = (name: string) => refused(`Parameter '${name}' is unexpected`);
const noHandle = (handle: number) => refused(`handle '${handle}' has not been found`);

export const argumentChecks: Suite = {
  topic: "argument validation",
  cases: [
    sends("a required integer is missing", '{"execute":"guest-sync"}', [missing("id")]),
    sends("a required integer is missing from an empty object", request("guest-sync"), [
      missing("id"),
    ]),
    sends("an unknown argument of a command without arguments", request("guest-ping", '{"x":1}'), [
      unexpected("x"),
    ]),
    sends("an unknown argument with an empty name", request("guest-ping", '{"":1}'), [
      unexpected(""),
    ]),
    sends("an unknown argument outside ASCII", request("guest-ping", '{"é":1}'), [unexpected("é")]),
    sends("an unknown argument of guest-info", request("guest-info", '{"x":1}'), [unexpected("x")]),
    sends("an unknown argument of guest-get-time", request("guest-get-time", '{"x":1}'), [
      unexpected("x"),
    ]),
    sends("an unknown argument of guest-get-host-name", request("guest-get-host-name", '{"x":1}'), [
      unexpected("x"),
    ]),
    sends("an unknown argument of guest-get-osinfo", request("guest-get-osinfo", '{"x":1}'), [
      unexpected("x"),
    ]),
    sends("an unknown argument of guest-get-timezone", request("guest-get-timezone", '{"x":1}'), [
      unexpected("x"),
    ]),
    sends("an unknown argument beside a good one", request("guest-sync", '{"id":1,"x":2}'), [
      unexpected("x"),
    ]),
    sends(
      "an unknown argument of guest-sync-delimited sets no 0xFF",
      `${request("guest-sync-delimited", '{"id":1,"x":2}')}${request("guest-ping")}`,
      [unexpected("x"), done],
    ),
    sends("a missing argument is told before an unknown one", request("guest-sync", '{"x":2}'), [
      missing("id"),
    ]),
    sends(
      "a type error is told before an unknown argument",
      request("guest-sync", '{"x":2,"id":"1"}'),
      [badType("id", "integer")],
    ),
    sends("argument names are case sensitive", request("guest-sync", '{"ID":1}'), [missing("id")]),
    sends("an integer given as a string", request("guest-sync", '{"id":"1"}'), [
      badType("id", "integer"),
    ]),
    sends("an integer given as null", request("guest-sync", '{"id":null}'), [
      badType("id", "integer"),
    ]),
    sends("an integer given as true", request("guest-sync", '{"id":true}'), [
      badType("id", "integer"),
    ]),
    sends("an integer given as an array", request("guest-sync", '{"id":[1]}'), [
      badType("id", "integer"),
    ]),
    sends("an integer given as an object", request("guest-sync", '{"id":{}}'), [
      badType("id", "integer"),
    ]),
    sends(
      "a type error carries the id of the request",
      '{"execute":"guest-sync","arguments":{"id":"1"},"id":"r"}',
      [badType("id", "integer", '"r"')],
    ),
    sends("file-open without a path", request("guest-file-open"), [missing("path")]),
    sends("file-open with a mode alone", request("guest-file-open", '{"mode":"r"}'), [
      missing("path"),
    ]),
    sends("file-open with a number as path", request("guest-file-open", '{"path":1}'), [
      badType("path", "string"),
    ]),
    sends("file-open with null as path", request("guest-file-open", '{"path":null}'), [
      badType("path", "string"),
    ]),
    sends("file-open with a list as path", request("guest-file-open", '{"path":["x"]}'), [
      badType("path", "string"),
    ]),
    sends("file-open with null as mode", request("guest-file-open", '{"path":"x","mode":null}'), [
      badType("mode", "string"),
    ]),
    sends("file-open with a number as mode", request("guest-file-open", '{"path":"x","mode":0}'), [
      badType("mode", "string"),
    ]),
    sends(
      "file-open with two type errors tells the path",
      request("guest-file-open", '{"mode":0,"path":0}'),
      [badType("path", "string")],
    ),
    sends(
      "file-open checks the arguments before the file",
      request("guest-file-open", '{"path":"/nonexistent","perm":1}'),
      [unexpected("perm")],
    ),
    sends("file-close without a handle", request("guest-file-close"), [missing("handle")]),
    sends("file-close with a string as handle", request("guest-file-close", '{"handle":"1000"}'), [
      badType("handle", "integer"),
    ]),
    sends("file-close with an unknown handle", request("guest-file-close", '{"handle":1}'), [
      noHandle(1),
    ]),
    sends("file-close with a negative handle", request("guest-file-close", '{"handle":-1}'), [
      noHandle(-1),
    ]),
    sends("file-close with handle 0", request("guest-file-close", '{"handle":0}'), [noHandle(0)]),
    sends("file-close with a float as handle", request("guest-file-close", '{"handle":1000.0}'), [
      badType("handle", "integer"),
    ]),
    sends("file-read without a handle", request("guest-file-read"), [missing("handle")]),
    sends("file-read with a count alone", request("guest-file-read", '{"count":1}'), [
      missing("handle"),
    ]),
    sends("file-read with an unknown handle", request("guest-file-read", '{"handle":2}'), [
      noHandle(2),
    ]),
    sends(
      "file-read with an unknown handle and a bad count tells the handle",
      request("guest-file-read", '{"handle":2,"count":-1}'),
      [noHandle(2)],
    ),
    sends(
      "file-read with a string as count",
      request("guest-file-read", '{"handle":2,"count":"1"}'),
      [badType("count", "integer")],
    ),
    sends("file-read with null as count", request("guest-file-read", '{"handle":2,"count":null}'), [
      badType("count", "integer"),
    ]),
    sends(
      "file-read with two type errors tells the handle",
      request("guest-file-read", '{"count":"1","handle":"2"}'),
      [badType("handle", "integer")],
    ),
    sends("file-write without arguments", request("guest-file-write"), [missing("handle")]),
    sends("file-write without data", request("guest-file-write", '{"handle":3}'), [
      missing("buf-b64"),
    ]),
    sends(
      "file-write with null as data",
      request("guest-file-write", '{"handle":3,"buf-b64":null}'),
      [badType("buf-b64", "string")],
    ),
    sends(
      "file-write with a number as data",
      request("guest-file-write", '{"handle":3,"buf-b64":1}'),
      [badType("buf-b64", "string")],
    ),
    sends(
      "file-write with an unknown handle",
      request("guest-file-write", '{"handle":3,"buf-b64":"aGk="}'),
      [noHandle(3)],
    ),
    sends(
      "file-write with an unknown handle and bad base64 tells the handle",
      request("guest-file-write", '{"handle":3,"buf-b64":"*"}'),
      [noHandle(3)],
    ),
    sends(
      "file-write with a boolean as count",
      request("guest-file-write", '{"handle":3,"buf-b64":"","count":true}'),
      [badType("count", "integer")],
    ),
    sends(
      "file-write names the data by its dash name",
      request("guest-file-write", '{"handle":3,"buf_b64":"aGk="}'),
      [missing("buf-b64")],
    ),
    sends("file-flush without a handle", request("guest-file-flush"), [missing("handle")]),
    sends("file-flush with an unknown handle", request("guest-file-flush", '{"handle":4}'), [
      noHandle(4),
    ]),
    sends("file-seek without arguments", request("guest-file-seek"), [missing("handle")]),
    sends("file-seek without an offset", request("guest-file-seek", '{"handle":5}'), [
      missing("offset"),
    ]),
    sends("file-seek without whence", request("guest-file-seek", '{"handle":5,"offset":0}'), [
      missing("whence"),
    ]),
    sends(
      "file-seek with a string as offset",
      request("guest-file-seek", '{"handle":5,"offset":"0","whence":0}'),
      [badType("offset", "integer")],
    ),
    sends(
      "file-seek with null as whence",
      request("guest-file-seek", '{"handle":5,"offset":0,"whence":null}'),
      [badType("whence", "GuestFileWhence")],
    ),
    sends(
      "file-seek with true as whence",
      request("guest-file-seek", '{"handle":5,"offset":0,"whence":true}'),
      [badType("whence", "GuestFileWhence")],
    ),
    sends(
      "file-seek with an array as whence",
      request("guest-file-seek", '{"handle":5,"offset":0,"whence":[]}'),
      [badType("whence", "GuestFileWhence")],
    ),
    sends(
      "file-seek with an object as whence",
      request("guest-file-seek", '{"handle":5,"offset":0,"whence":{}}'),
      [badType("whence", "GuestFileWhence")],
    ),
    sends(
      "file-seek with a float as whence",
      request("guest-file-seek", '{"handle":5,"offset":0,"whence":1.5}'),
      [badType("whence", "integer")],
    ),
    sends(
      "file-seek with 0.0 as whence",
      request("guest-file-seek", '{"handle":5,"offset":0,"whence":0.0}'),
      [badType("whence", "integer")],
    ),
    sends(
      "file-seek with an integer beyond int64 as whence",
      request("guest-file-seek", '{"handle":5,"offset":0,"whence":9223372036854775808}'),
      [badType("whence", "integer")],
    ),
    sends(
      "file-seek with an unknown word as whence",
      request("guest-file-seek", '{"handle":5,"offset":0,"whence":"start"}'),
      [refused("Parameter 'whence' does not accept value 'start'")],
    ),
    sends(
      "file-seek with an empty word as whence",
      request("guest-file-seek", '{"handle":5,"offset":0,"whence":""}'),
      [refused("Parameter 'whence' does not accept value ''")],
    ),
    sends(
      "file-seek words are case sensitive",
      request("guest-file-seek", '{"handle":5,"offset":0,"whence":"SET"}'),
      [refused("Parameter 'whence' does not accept value 'SET'")],
    ),
    sends(
      "file-seek with a word outside ASCII as whence",
      request("guest-file-seek", '{"handle":5,"offset":0,"whence":"é\\n"}'),
      [refused("Parameter 'whence' does not accept value 'é\n'")],
    ),
    sends(
      "file-seek with an unknown handle and a good word",
      request("guest-file-seek", '{"handle":5,"offset":0,"whence":"set"}'),
      [noHandle(5)],
    ),
    sends(
      "file-seek with an unknown handle and whence 7 tells the handle",
      request("guest-file-seek", '{"handle":5,"offset":0,"whence":7}'),
      [noHandle(5)],
    ),
    sends(
      "file-seek with a bad word and an unknown argument tells the word",
      request("guest-file-seek", '{"handle":5,"offset":0,"whence":"x","y":1}'),
      [refused("Parameter 'whence' does not accept value 'x'")],
    ),
    sends(
      "the same argument in two objects is independent",
      request("guest-sync", '{"id":1}') + request("guest-sync", '{"id":2}'),
      [returned(1), returned(2)],
    ),
  ],
};
