import type { AttackId } from "./attacks.ts";
import type { Fault } from "./fault.ts";

const shownBy = "test/faults/attacks.test.ts";

/** What hosts can send to hurt an agent. Behind each of them the agent is in sync. */
export const attackFaults: Readonly<Record<AttackId, Fault>> = {
  "deepest-nesting": {
    fault: "1,023 brackets inside of an object, which are allowed",
    ours: "answered; needs at most 128 MiB",
    reference: "answered; needs at most 128 MiB",
    shownBy,
  },
  "too-deep": {
    fault: "1,024 brackets inside of an object",
    ours: "refused: `JSON nesting depth limit exceeded`; needs at most 128 MiB",
    reference: "refused: `JSON nesting depth limit exceeded`; needs at most 128 MiB",
    shownBy,
  },
  "million-brackets": {
    fault: "a million opening brackets",
    ours: "refused: `JSON nesting depth limit exceeded`; needs at most 128 MiB",
    reference: "refused: `JSON nesting depth limit exceeded`; needs at most 128 MiB",
    shownBy,
  },
  "two-million-tokens": {
    fault: "a list of two million tokens as an argument",
    ours: "refused: `Parameter 'a' is unexpected`; needs at most 128 MiB",
    reference: "refused: `Parameter 'a' is unexpected`; needs at most 512 MiB",
    shownBy,
  },
  "too-many-tokens": {
    fault: "more than two million tokens",
    ours: "refused: `JSON token count limit exceeded`; needs at most 128 MiB",
    reference: "refused: `JSON token count limit exceeded`; needs at most 512 MiB",
    shownBy,
  },
  "long-name": {
    fault: "a command name of 8 MiB",
    ours: "refused as CommandNotFound, with all that was sent; needs at most 128 MiB",
    reference: "refused as CommandNotFound, with all that was sent; needs at most 128 MiB",
    shownBy,
  },
  "long-id": {
    fault: "an `id` of four million é, which the reply has as escapes of three times the length",
    ours: "answered; needs at most 128 MiB",
    reference: "answered; needs at most 128 MiB",
    shownBy,
  },
  "escaped-id": {
    fault: "an `id` of a million escaped control characters",
    ours: "answered; needs at most 128 MiB",
    reference: "answered; needs at most 128 MiB",
    shownBy,
  },
  "long-number": {
    fault: "an `id` of a million digits",
    ours: '`{"return": {}, "id": inf}`; needs at most 128 MiB',
    reference: '`{"return": {}, "id": inf}`; needs at most 128 MiB',
    shownBy,
  },
  "long-fraction": {
    fault: "an `id` of a million digits behind the point",
    ours: '`{"return": {}, "id": 1}`; needs at most 128 MiB',
    reference: '`{"return": {}, "id": 1}`; needs at most 128 MiB',
    shownBy,
  },
  "huge-exponent": {
    fault: "an `id` of 1e999999999",
    ours: '`{"return": {}, "id": inf}`; needs at most 128 MiB',
    reference: '`{"return": {}, "id": inf}`; needs at most 128 MiB',
    shownBy,
  },
  "equal-names": {
    fault: "an object with 100,000 members of the same name",
    ours: "refused: `JSON parse error, duplicate key`; needs at most 128 MiB",
    reference: "refused: `JSON parse error, duplicate key`; needs at most 128 MiB",
    shownBy,
  },
  "many-names": {
    fault: "an `id` with 100,000 members",
    ours: "answered; needs at most 128 MiB",
    reference: "answered; needs at most 128 MiB",
    shownBy,
  },
  "colliding-names": {
    fault: "an `id` with 20,000 members whose names fall into one bucket",
    ours: "answered; needs at most 128 MiB",
    reference: "answered; needs at most 128 MiB",
    shownBy,
  },
  "base64-blanks": {
    fault: "a million quanta of base64 with newlines and blanks between",
    ours: "refused: `Base64 data contains invalid characters`; needs at most 128 MiB",
    reference: "refused: `Base64 data contains invalid characters`; needs at most 128 MiB",
    shownBy,
  },
  "base64-padding": {
    fault: "base64 with its padding in the middle",
    ours: '`{"return": {"count": 4, "eof": false}}`; needs at most 128 MiB',
    reference: '`{"return": {"count": 4, "eof": false}}`; needs at most 128 MiB',
    shownBy,
  },
  "base64-bad-end": {
    fault: "4 MiB of base64 with a wrong character at the end",
    ours: "refused: `Base64 data contains invalid characters`; needs at most 128 MiB",
    reference: "refused: `Base64 data contains invalid characters`; needs at most 128 MiB",
    shownBy,
  },
  "read-everything": {
    fault: "guest-file-read of 2^63 - 1 bytes",
    ours: "refused: `value '9223372036854775807' is invalid for argument count`; needs at most 128 MiB",
    reference:
      "refused: `value '9223372036854775807' is invalid for argument count`; needs at most 128 MiB",
    shownBy,
  },
  "read-negative": {
    fault: "guest-file-read of -1 bytes",
    ours: "refused: `value '-1' is invalid for argument count`; needs at most 128 MiB",
    reference: "refused: `value '-1' is invalid for argument count`; needs at most 128 MiB",
    shownBy,
  },
  "read-fraction": {
    fault: "guest-file-read of 1e3 bytes",
    ours: "refused: `Invalid parameter type for 'count', expected: integer`; needs at most 128 MiB",
    reference:
      "refused: `Invalid parameter type for 'count', expected: integer`; needs at most 128 MiB",
    shownBy,
  },
  "handle-negative": {
    fault: "the handle -1",
    ours: "refused: `handle '-1' has not been found`; needs at most 128 MiB",
    reference: "refused: `handle '-1' has not been found`; needs at most 128 MiB",
    shownBy,
  },
  "handle-high": {
    fault: "a handle that is known but for 2^32",
    ours: "refused: `handle '4294968296' has not been found`; needs at most 128 MiB",
    reference: "refused: `handle '4294968296' has not been found`; needs at most 128 MiB",
    shownBy,
  },
  "handle-beyond": {
    fault: "the handle 2^64",
    ours: "refused: `Invalid parameter type for 'handle', expected: integer`; needs at most 128 MiB",
    reference:
      "refused: `Invalid parameter type for 'handle', expected: integer`; needs at most 128 MiB",
    shownBy,
  },
  "control-characters": {
    fault: "control and bidi characters in a command name and an `id`",
    ours: "refused: `The command \\u001B[2J\\u202E\\u0000\\u0085\\u202E has not been found`; needs at most 128 MiB",
    reference:
      "refused: `The command \\u001B[2J\\u202E\\u0000\\u0085\\u202E has not been found`; needs at most 128 MiB",
    shownBy,
  },
  "format-characters": {
    fault: "printf's conversions in a command name and an `id`",
    ours: "refused: `The command %s%n%p%99999999d has not been found`; needs at most 128 MiB",
    reference: "refused: `The command %s%n%p%99999999d has not been found`; needs at most 128 MiB",
    shownBy,
  },
  "prototype-names": {
    fault: "an argument named `__proto__`",
    ours: "refused: `Parameter '__proto__' is unexpected`; needs at most 128 MiB",
    reference: "refused: `Parameter '__proto__' is unexpected`; needs at most 128 MiB",
    shownBy,
  },
};
