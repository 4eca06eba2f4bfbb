import { bytes, join, type Suite, sends } from "../case.ts";
import { badJson, badType, done, refused, returned, stray, strayByte } from "../words.ts";

const ping = '{"execute":"guest-ping"}';
const sync = (id: number) => `{"execute":"guest-sync","arguments":{"id":${id}}}`;

export const framing: Suite = {
  topic: "framing",
  cases: [
    sends("a request with a newline is answered", `${ping}\n`, [done]),
    sends("a request without a newline is answered at once", ping, [done]),
    sends("two requests with nothing between them", sync(1) + sync(2), [returned(1), returned(2)]),
    sends("requests separated by a blank", `${sync(1)} ${sync(2)}`, [returned(1), returned(2)]),
    sends("requests separated by a tab", `${sync(1)}\t${sync(2)}`, [returned(1), returned(2)]),
    sends("requests separated by a carriage return", `${sync(1)}\r${sync(2)}`, [
      returned(1),
      returned(2),
    ]),
    sends("CRLF line ends are blanks", `${sync(1)}\r\n${sync(2)}\r\n`, [returned(1), returned(2)]),
    sends("empty lines are ignored", `\n\n\n${ping}\n\n\n`, [done]),
    sends("only blanks give no reply", " \t\r\n \t\r\n", []),
    sends("nothing gives no reply", "", []),
    sends(
      "blanks between all tokens",
      '  {  "execute"  :  "guest-sync"  ,  "arguments" : { "id" : 5 } }  ',
      [returned(5)],
    ),
    sends(
      "newlines between all tokens",
      '{\n"execute"\n:\n"guest-sync"\n,\n"arguments"\n:\n{\n"id"\n:\n6\n}\n}',
      [returned(6)],
    ),
    sends("CRLF between all tokens", '{\r\n"execute"\r\n:\r\n"guest-ping"\r\n}', [done]),
    sends(
      "fifty requests in one write keep their order",
      Array.from({ length: 50 }, (_, i) => sync(i)).join(""),
      Array.from({ length: 50 }, (_, i) => returned(i)),
    ),
    sends(
      "a request of more than one read of 4096 bytes",
      `{"execute":"guest-ping","id":"${"x".repeat(10_000)}"}`,
      [`{"return": {}, "id": "${"x".repeat(10_000)}"}`],
    ),
    sends("5000 blanks before a request", `${" ".repeat(5000)}${ping}`, [done]),
    sends("a form feed is not a blank", `\f${ping}`, [stray("\f"), done]),
    sends("a vertical tab is not a blank", `\v${ping}`, [stray("\v"), done]),
    sends("a NUL byte between requests", join(sync(1), bytes("\0"), sync(2)), [
      returned(1),
      stray(""),
      returned(2),
    ]),
    sends("a byte order mark before a request", join(bytes("\xef\xbb\xbf"), ping), [
      strayByte,
      done,
    ]),
    sends("a no-break space before a request", join(bytes("\xc2\xa0"), ping), [strayByte, done]),
    sends("a comma between requests", `${sync(1)},${sync(2)}`, [
      returned(1),
      badJson("expecting value"),
      returned(2),
    ]),
    sends("a semicolon between requests", `${sync(1)};${sync(2)}`, [
      returned(1),
      stray(";"),
      returned(2),
    ]),
    sends("a colon alone", ":", [badJson("expecting value")]),
    sends("an array of requests is not a batch", `[${ping},${ping}]`, [
      refused("QMP input must be a JSON object"),
    ]),
    sends(
      "a request after an argument error is answered",
      `${sync(1).replace("1", "true")}${ping}`,
      [badType("id", "integer"), done],
    ),
    {
      name: "a request cut inside its first string",
      steps: [{ ask: `${ping}{"exec` }, { send: 'ute":"guest-sync","arguments":{"id":9}}' }],
      replies: [done, returned(9)],
    },
    {
      name: "a request cut inside a number",
      steps: [{ ask: `${ping}{"execute":"guest-sync","arguments":{"id":12` }, { send: "34}}" }],
      replies: [done, returned(1234)],
    },
    {
      name: "a request cut inside a keyword",
      steps: [{ ask: `${ping}{"execute":"guest-ping","id":tr` }, { send: "ue}" }],
      replies: [done, '{"return": {}, "id": true}'],
    },
    {
      name: "a request cut inside an escape",
      steps: [{ ask: `${ping}{"execute":"guest-ping","id":"\\u00` }, { send: 'e9"}' }],
      replies: [done, '{"return": {}, "id": "\\u00E9"}'],
    },
    {
      name: "a request cut between backslash and letter",
      steps: [{ ask: `${ping}{"execute":"guest-ping","id":"\\` }, { send: 'n"}' }],
      replies: [done, '{"return": {}, "id": "\\n"}'],
    },
    {
      name: "a request cut inside a surrogate pair",
      steps: [{ ask: `${ping}{"execute":"guest-ping","id":"\\ud83d` }, { send: '\\ude00"}' }],
      replies: [done, '{"return": {}, "id": "\\uD83D\\uDE00"}'],
    },
    {
      name: "a request cut inside a UTF-8 sequence",
      steps: [
        { ask: join(`${ping}{"execute":"guest-ping","id":"`, bytes("\xf0\x9f")) },
        { send: join(bytes("\x98\x80"), '"}') },
      ],
      replies: [done, '{"return": {}, "id": "\\uD83D\\uDE00"}'],
    },
    {
      name: "a request cut before its last brace",
      steps: [{ ask: `${ping}{"execute":"guest-ping","id":1` }, { send: "}" }],
      replies: [done, '{"return": {}, "id": 1}'],
    },
    {
      name: "a request cut between minus and digit",
      steps: [{ ask: `${ping}{"execute":"guest-ping","id":-` }, { send: "5}" }],
      replies: [done, '{"return": {}, "id": -5}'],
    },
    {
      name: "a number cut before its exponent",
      steps: [{ ask: `${ping}{"execute":"guest-ping","id":1.5` }, { send: "e3}" }],
      replies: [done, '{"return": {}, "id": 1500}'],
    },
    {
      name: "a request sent byte by byte",
      steps: [...sync(77)].map((letter) => ({ send: letter })),
      replies: [returned(77)],
    },
    {
      name: "each of three replies is sent before the next request is read",
      steps: [{ ask: sync(1) }, { ask: sync(2) }, { ask: sync(3) }],
      replies: [returned(1), returned(2), returned(3)],
    },
    {
      name: "a second request cut off behind the first does not hold back the first reply",
      steps: [
        { ask: `${sync(1)}{"execute":"guest-s` },
        { ask: 'ync","arguments":{"id":2}}{' },
        { send: '"execute":"guest-ping"}' },
      ],
      replies: [returned(1), returned(2), done],
    },
  ],
};
