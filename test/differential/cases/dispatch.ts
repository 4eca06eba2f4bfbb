import { type Suite, sends } from "../case.ts";
import { done, notFound, refused, returned } from "../words.ts";

const notObject = refused("QMP input must be a JSON object");
const member = (name: string, rule: string, id?: string) =>
  refused(`QMP input member '${name}' ${rule}`, id);

export const dispatch: Suite = {
  topic: "dispatch order",
  cases: [
    sends("an empty object lacks execute", "{}", [refused("QMP input lacks member 'execute'")]),
    sends("an id alone lacks execute and is echoed", '{"id":7}', [
      refused("QMP input lacks member 'execute'", "7"),
    ]),
    sends("arguments alone lack execute", '{"arguments":{}}', [
      refused("QMP input lacks member 'execute'"),
    ]),
    sends("an empty array is not an object", "[]", [notObject]),
    sends("an array of an object is not an object", '[{"execute":"guest-ping"}]', [notObject]),
    sends("a string is not an object", '"guest-ping"', [notObject]),
    sends("an empty string is not an object", '""', [notObject]),
    sends("a number is not an object once a byte follows it", "12\n", [notObject]),
    sends("a negative number is not an object", "-12 ", [notObject]),
    sends("a float is not an object", "1.5 ", [notObject]),
    sends("true is not an object", "true ", [notObject]),
    sends("false is not an object", "false ", [notObject]),
    sends("null is not an object", "null ", [notObject]),
    sends("execute as a number", '{"execute":5}', [member("execute", "must be a string")]),
    sends("execute as null", '{"execute":null}', [member("execute", "must be a string")]),
    sends("execute as a boolean", '{"execute":true}', [member("execute", "must be a string")]),
    sends("execute as an object", '{"execute":{}}', [member("execute", "must be a string")]),
    sends("execute as an array", '{"execute":["guest-ping"]}', [
      member("execute", "must be a string"),
    ]),
    sends("execute as a number with an id", '{"execute":5,"id":1}', [
      member("execute", "must be a string", "1"),
    ]),
    sends("arguments as null", '{"execute":"guest-ping","arguments":null}', [
      member("arguments", "must be an object"),
    ]),
    sends("arguments as an array", '{"execute":"guest-ping","arguments":[]}', [
      member("arguments", "must be an object"),
    ]),
    sends("arguments as a string", '{"execute":"guest-ping","arguments":"x"}', [
      member("arguments", "must be an object"),
    ]),
    sends("arguments as a number", '{"execute":"guest-ping","arguments":0}', [
      member("arguments", "must be an object"),
    ]),
    sends(
      "arguments as a boolean with an id",
      '{"execute":"guest-ping","arguments":false,"id":[1]}',
      [member("arguments", "must be an object", "[1]")],
    ),
    sends(
      "arguments of a wrong type are told before an unknown command",
      '{"execute":"guest-nope","arguments":[]}',
      [member("arguments", "must be an object")],
    ),
    sends("another member", '{"execute":"guest-ping","foo":1}', [member("foo", "is unexpected")]),
    sends("another member with an id", '{"foo":1,"execute":"guest-ping","id":"i"}', [
      member("foo", "is unexpected", '"i"'),
    ]),
    sends("another member is told before the lack of execute", '{"foo":1}', [
      member("foo", "is unexpected"),
    ]),
    sends("another member is told before an unknown command", '{"execute":"guest-nope","foo":1}', [
      member("foo", "is unexpected"),
    ]),
    sends("exec-oob is another member", '{"exec-oob":"guest-ping","id":3}', [
      member("exec-oob", "is unexpected", "3"),
    ]),
    sends("control is another member", '{"execute":"guest-ping","control":{}}', [
      member("control", "is unexpected"),
    ]),
    sends("event is another member", '{"event":"X"}', [member("event", "is unexpected")]),
    sends("an empty member name", '{"execute":"guest-ping","":1}', [member("", "is unexpected")]),
    sends("a member name with a quote", '{"execute":"guest-ping","a\\"b":1}', [
      member('a"b', "is unexpected"),
    ]),
    sends("a member name outside ASCII", '{"execute":"guest-ping","é":1}', [
      member("é", "is unexpected"),
    ]),
    sends("member names are case sensitive", '{"Execute":"guest-ping"}', [
      member("Execute", "is unexpected"),
    ]),
    sends(
      "of two other members zoo is told before foo",
      '{"execute":"guest-ping","zoo":1,"foo":1}',
      [member("zoo", "is unexpected")],
    ),
    sends("and in the other writing order too", '{"foo":1,"zoo":1,"execute":"guest-ping"}', [
      member("zoo", "is unexpected"),
    ]),
    sends("of alpha and beta", '{"alpha":1,"beta":1,"execute":"guest-ping"}', [
      refused("QMP input member 'beta' is unexpected"),
    ]),
    sends("of a, b and c", '{"a":1,"b":1,"c":1,"execute":"guest-ping"}', [
      refused("QMP input member 'a' is unexpected"),
    ]),
    sends("of c, b and a", '{"c":1,"b":1,"a":1,"execute":"guest-ping"}', [
      refused("QMP input member 'a' is unexpected"),
    ]),
    sends("execute and arguments both of a wrong type", '{"execute":1,"arguments":1}', [
      refused("QMP input member 'execute' must be a string"),
    ]),
    sends("arguments and execute both of a wrong type", '{"arguments":1,"execute":1}', [
      refused("QMP input member 'execute' must be a string"),
    ]),
    sends("execute of a wrong type and another member x", '{"execute":1,"x":1}', [
      refused("QMP input member 'x' is unexpected"),
    ]),
    sends(
      "arguments of a wrong type and another member x",
      '{"execute":"guest-ping","arguments":1,"x":1}',
      [refused("QMP input member 'x' is unexpected")],
    ),
    sends(
      "arguments of a wrong type and another member zoo",
      '{"execute":"guest-ping","arguments":1,"zoo":1}',
      [refused("QMP input member 'zoo' is unexpected")],
    ),
    sends("execute of a wrong type and exec-oob", '{"execute":1,"exec-oob":"x"}', [
      refused("QMP input member 'exec-oob' is unexpected"),
    ]),
    sends("an unknown command", '{"execute":"guest-nope"}', [notFound("guest-nope")]),
    sends("an unknown command with an id", '{"execute":"guest-foo","id":7}', [
      notFound("guest-foo", "7"),
    ]),
    sends("an unknown command with bad arguments", '{"execute":"guest-nope","arguments":{"x":1}}', [
      notFound("guest-nope"),
    ]),
    sends("an empty command name", '{"execute":""}', [notFound("")]),
    sends("a command name in capitals", '{"execute":"GUEST-PING"}', [notFound("GUEST-PING")]),
    sends("a command name with an underscore", '{"execute":"guest_ping"}', [
      notFound("guest_ping"),
    ]),
    sends("a command name with a blank at its end", '{"execute":"guest-ping "}', [
      notFound("guest-ping "),
    ]),
    sends("a command name that is a beginning of another", '{"execute":"guest-pin"}', [
      notFound("guest-pin"),
    ]),
    sends("a command name outside ASCII", '{"execute":"gäst-😀"}', [notFound("gäst-😀")]),
    sends(
      "a command name with quotes and control characters",
      '{"execute":"a\\"\\\\\\n\\t\\u0001"}',
      [notFound('a"\\\n\t\u0001')],
    ),
    sends("a command name with a NUL", '{"execute":"guest-ping\\u0000"}', [
      notFound("guest-ping\u0000"),
    ]),
    sends("a command name with percent signs", '{"execute":"%s%d%n"}', [notFound("%s%d%n")]),
    sends("a command of QMP", '{"execute":"qmp_capabilities"}', [notFound("qmp_capabilities")]),
    sends("a command name of 5000 characters", `{"execute":"${"g".repeat(5000)}"}`, [
      notFound("g".repeat(5000)),
    ]),
    sends("a command name written with escapes", '{"execute":"guest-p\\u0069ng"}', [done]),
    sends("the member name execute written with escapes", '{"\\u0065xecute":"guest-ping"}', [done]),
    sends("arguments before execute", '{"arguments":{"id":4},"execute":"guest-sync"}', [
      returned(4),
    ]),
    sends(
      "an empty arguments object is the same as none",
      '{"execute":"guest-ping","arguments":{}}',
      [done],
    ),
  ],
};
