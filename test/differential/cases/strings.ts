import { bytes, join, type Payload, request, type Suite, sends } from "../case.ts";
import { badJson, refused, returned, stray } from "../words.ts";

/** The string literal is echoed as `id`, which shows how it was read and how it is written again. */
const echo = (literal: Payload) => join('{"execute":"guest-ping","id":', literal, "}");
const echoes = (name: string, literal: Payload, back: string) =>
  sends(name, echo(literal), [`{"return": {}, "id": ${back}}`]);
const quoted = (latin1: string) => bytes(`"${latin1}"`);
const badUtf8 = badJson("invalid UTF-8 sequence in string");

export const strings: Suite = {
  topic: "strings",
  cases: [
    echoes("an empty string", '""', '""'),
    echoes("single quotes are written back as double quotes", "'abc'", '"abc"'),
    echoes("an empty single-quoted string", "''", '""'),
    echoes("a double quote inside single quotes", "'a\"b'", '"a\\"b"'),
    echoes("a single quote inside double quotes", '"a\'b"', '"a\'b"'),
    echoes("an escaped single quote inside single quotes", "'a\\'b'", '"a\'b"'),
    echoes("an escaped single quote inside double quotes", '"a\\\'b"', '"a\'b"'),
    echoes("an escaped double quote inside single quotes", "'a\\\"b'", '"a\\"b"'),
    sends(
      "a whole request in single quotes",
      "{'execute':'guest-sync','arguments':{'id':9007199254740993}}",
      [returned("9007199254740993")],
    ),
    echoes("the short escapes", '"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\"\\\\/\\b\\f\\n\\r\\t"'),
    echoes(
      "printable ASCII",
      '" !#$%&()*+,-./0123456789:;<=>?@AZ[]^_`az{|}~"',
      '" !#$%&()*+,-./0123456789:;<=>?@AZ[]^_`az{|}~"',
    ),
    echoes("a slash and angle brackets stay as they are", '"</script>&"', '"</script>&"'),
    echoes("DEL is escaped", quoted("\x7f"), '"\\u007F"'),
    echoes("a control character given as an escape", '"\\u0001\\u001f"', '"\\u0001\\u001F"'),
    echoes(
      "backspace, form feed and others given as \\u come back short",
      '"\\u0008\\u000c\\u000a\\u000d\\u0009"',
      '"\\b\\f\\n\\r\\t"',
    ),
    echoes("a quote and a backslash given as \\u", '"\\u0022\\u005c"', '"\\"\\\\"'),
    echoes(
      "hex digits in either case come back in capitals",
      '"\\u00e9\\u00E9\\uABcd"',
      '"\\u00E9\\u00E9\\uABCD"',
    ),
    echoes("NUL given as an escape", '"a\\u0000b"', '"a\\u0000b"'),
    echoes("NUL given as C0 80", quoted("a\xc0\x80b"), '"a\\u0000b"'),
    echoes("a two-byte character", '"é"', '"\\u00E9"'),
    echoes("a three-byte character", '"€"', '"\\u20AC"'),
    echoes("a four-byte character", '"😀"', '"\\uD83D\\uDE00"'),
    echoes("a surrogate pair of escapes", '"\\ud83d\\ude00"', '"\\uD83D\\uDE00"'),
    echoes("the first and last two-byte characters", '"\u0080\u07ff"', '"\\u0080\\u07FF"'),
    echoes("the first and last three-byte characters", '"\u0800\ufffd"', '"\\u0800\\uFFFD"'),
    echoes("the first four-byte character", quoted("\xf0\x90\x80\x80"), '"\\uD800\\uDC00"'),
    echoes(
      "the last character that is no noncharacter",
      quoted("\xf4\x8f\xbf\xbd"),
      '"\\uDBFF\\uDFFD"',
    ),
    echoes("the same as escapes", '"\\udbff\\udffd"', '"\\uDBFF\\uDFFD"'),
    echoes("the characters around the surrogates", '"\ud7ff\ue000"', '"\\uD7FF\\uE000"'),
    echoes("a byte order mark inside a string", '"\ufeff"', '"\\uFEFF"'),
    echoes("a combining sequence is not composed", '"e\u0301"', '"e\\u0301"'),
    sends("an escape that is unknown", echo('"\\x41"'), [
      badJson("invalid escape sequence in string"),
    ]),
    sends("an escaped letter a", echo('"\\a"'), [badJson("invalid escape sequence in string")]),
    sends("an escaped v", echo('"\\v"'), [badJson("invalid escape sequence in string")]),
    sends("an escaped zero", echo('"\\0"'), [badJson("invalid escape sequence in string")]),
    sends("an escaped capital N", echo('"\\N"'), [badJson("invalid escape sequence in string")]),
    sends("an escaped capital U", echo('"\\U0041"'), [
      badJson("invalid escape sequence in string"),
    ]),
    sends("an escaped blank", echo('"\\ "'), [badJson("invalid escape sequence in string")]),
    sends("an escaped two-byte character", echo('"\\é"'), [
      badJson("invalid escape sequence in string"),
    ]),
    sends("an escaped newline byte", echo(bytes('"\\\n"')), [
      stray('"\\\n'),
      badJson("expecting value"),
    ]),
    sends("\\u with no digits", echo('"\\u"'), [badJson('\\u" is not a valid Unicode character')]),
    sends("\\u with three digits", echo('"\\u123"'), [
      badJson('\\u123" is not a valid Unicode character'),
    ]),
    sends("\\u with three digits and a letter beyond f", echo('"\\u123g"'), [
      badJson("\\u123g is not a valid Unicode character"),
    ]),
    sends("\\u with a sign", echo('"\\u+123"'), [
      badJson("\\u+123 is not a valid Unicode character"),
    ]),
    sends("\\u with blanks", echo('"\\u  12"'), [
      badJson("\\u  12 is not a valid Unicode character"),
    ]),
    sends("\\u with 0x", echo('"\\u0x12"'), [badJson("\\u0x12 is not a valid Unicode character")]),
    sends("a lone high surrogate", echo('"\\ud83d"'), [
      badJson("\\ud83d is not a valid Unicode character"),
    ]),
    sends("a lone low surrogate", echo('"\\ude00"'), [
      badJson("\\ude00 is not a valid Unicode character"),
    ]),
    sends("a high surrogate and a letter", echo('"\\ud83dx"'), [
      badJson("\\ud83d is not a valid Unicode character"),
    ]),
    sends("a high surrogate and another escape", echo('"\\ud83d\\n"'), [
      badJson("\\ud83d is not a valid Unicode character"),
    ]),
    sends("a high surrogate and a character that is no surrogate", echo('"\\ud83d\\u0041"'), [
      badJson("\\ud83d is not a valid Unicode character"),
    ]),
    sends("two high surrogates", echo('"\\ud83d\\ud83d"'), [
      badJson("\\ud83d is not a valid Unicode character"),
    ]),
    sends("surrogates in the wrong order", echo('"\\ude00\\ud83d"'), [
      badJson("\\ude00 is not a valid Unicode character"),
    ]),
    sends("a high surrogate and a broken escape", echo('"\\ud83d\\u12"'), [
      badJson("\\ud83d is not a valid Unicode character"),
    ]),
    sends("the noncharacter FFFE as an escape", echo('"\\ufffe"'), [
      badJson("\\ufffe is not a valid Unicode character"),
    ]),
    sends("the noncharacter FFFF as an escape", echo('"\\uffff"'), [
      badJson("\\uffff is not a valid Unicode character"),
    ]),
    sends("the noncharacter FDD0 as an escape", echo('"\\ufdd0"'), [
      badJson("\\ufdd0 is not a valid Unicode character"),
    ]),
    sends("the noncharacter FDEF as an escape", echo('"\\ufdef"'), [
      badJson("\\ufdef is not a valid Unicode character"),
    ]),
    echoes("FDCF and FDF0 around the noncharacters", '"\\ufdcf\\ufdf0"', '"\\uFDCF\\uFDF0"'),
    sends("the noncharacter 1FFFE as a pair of escapes", echo('"\\ud83f\\udffe"'), [
      badJson("\\ud83f\\udffe is not a valid Unicode character"),
    ]),
    sends("the noncharacter 10FFFF as a pair of escapes", echo('"\\udbff\\udfff"'), [
      badJson("\\udbff\\udfff is not a valid Unicode character"),
    ]),
    sends("an escape error names the escape of the first fault", echo('"\\ud83d \\ude00"'), [
      badJson("\\ud83d is not a valid Unicode character"),
    ]),
    sends("the noncharacter FFFE as bytes", echo(quoted("\xef\xbf\xbe")), [
      badJson("invalid UTF-8 sequence in string"),
    ]),
    sends("the noncharacter FFFF as bytes", echo(quoted("\xef\xbf\xbf")), [
      badJson("invalid UTF-8 sequence in string"),
    ]),
    sends("the noncharacter FDD0 as bytes", echo(quoted("\xef\xb7\x90")), [
      badJson("invalid UTF-8 sequence in string"),
    ]),
    sends("the noncharacter 1FFFF as bytes", echo(quoted("\xf0\x9f\xbf\xbf")), [
      badJson("invalid UTF-8 sequence in string"),
    ]),
    sends("a surrogate as bytes", echo(quoted("\xed\xa0\x80")), [badUtf8]),
    sends("a surrogate pair as bytes (CESU-8)", echo(quoted("\xed\xa0\xbd\xed\xb8\x80")), [
      badUtf8,
    ]),
    sends("a code point above 10FFFF", echo(quoted("\xf4\x90\x80\x80")), [badUtf8]),
    sends("a five-byte sequence", echo(quoted("\xf8\x88\x80\x80\x80")), [badUtf8]),
    sends("a six-byte sequence", echo(quoted("\xfc\x84\x80\x80\x80\x80")), [badUtf8]),
    sends("an overlong slash in two bytes", echo(quoted("\xc0\xaf")), [badUtf8]),
    sends("an overlong NUL in three bytes", echo(quoted("\xe0\x80\x80")), [badUtf8]),
    sends("an overlong two-byte character in three bytes", echo(quoted("\xe0\x9f\xbf")), [badUtf8]),
    sends("an overlong three-byte character in four bytes", echo(quoted("\xf0\x8f\xbf\xbf")), [
      badUtf8,
    ]),
    sends("C0 81 is not modified UTF-8", echo(quoted("\xc0\x81")), [badUtf8]),
    sends("C1 80 is not modified UTF-8", echo(quoted("\xc1\x80")), [badUtf8]),
    sends("a lone continuation byte", echo(quoted("\x80")), [badUtf8]),
    sends("a lone first byte before the quote", echo(quoted("\xc3")), [badUtf8]),
    sends("a three-byte sequence cut by the quote", echo(quoted("\xe2\x82")), [badUtf8]),
    sends("a four-byte sequence cut by the quote", echo(quoted("\xf0\x9f\x98")), [badUtf8]),
    sends("a sequence cut by a letter", echo(quoted("\xe2\x82x")), [badUtf8]),
    sends("a sequence cut by an escape", echo(quoted("\xe2\x82\\n")), [badUtf8]),
    sends("Latin-1", echo(quoted("caf\xe9")), [badUtf8]),
    sends("the byte FD inside a string", echo(quoted("\xfd")), [badUtf8]),
    sends("bad UTF-8 in a command name", join('{"execute":"', bytes("\xc3"), '"}'), [badUtf8]),
    sends("bad UTF-8 in a member name", join('{"', bytes("\xc3"), '":1}'), [badUtf8]),
    sends("an UTF-8 error loses the id", join('{"id":1,"execute":"', bytes("\xc3"), '"}'), [
      badUtf8,
    ]),
    sends("a newline inside a string", echo('"a\nb"'), [stray('"a\n'), badJson("expecting value")]),
    sends("a tab inside a string", echo('"a\tb"'), [stray('"a\t'), badJson("expecting value")]),
    sends("a carriage return inside a string", echo('"a\rb"'), [
      stray('"a\r'),
      badJson("expecting value"),
    ]),
    sends("the byte 01 inside a string", echo('"a\x01b"'), [
      stray('"a\u0001'),
      badJson("expecting value"),
    ]),
    sends("the byte 1F inside a string", echo('"a\x1fb"'), [
      stray('"a\u001f'),
      badJson("expecting value"),
    ]),
    sends("the byte NUL inside a string", echo('"a\0b"'), [
      stray('"a'),
      badJson("expecting value"),
    ]),
    sends("a newline inside a single-quoted string", echo("'a\nb'"), [
      stray("'a\n"),
      badJson("expecting value"),
    ]),
    sends("the byte FE inside a string", echo(quoted("a\xfeb")), [
      stray('"a\ufffd'),
      badJson("expecting value"),
    ]),
    sends("the byte FF inside a string", echo(quoted("a\xffb")), [
      stray('"a\ufffd'),
      badJson("expecting value"),
    ]),
    sends("a control byte behind a backslash", echo('"a\\\x02"'), [
      stray('"a\\\u0002'),
      badJson("expecting value"),
    ]),
    sends("a control byte inside \\u", echo('"a\\u00\x0200"'), [
      stray('"a\\u00\u0002'),
      badJson("expecting value"),
    ]),
    sends(
      "a NUL in a path cuts nothing and is told",
      request("guest-file-open", '{"path":"/nonexistent\\u0000x"}'),
      [refused("failed to open file '/nonexistent\u0000x' (mode: 'r'): No such file or directory")],
    ),
    sends(
      "a path outside ASCII is told with escapes",
      request("guest-file-open", '{"path":"/nonexistent/ü😀"}'),
      [refused("failed to open file '/nonexistent/ü😀' (mode: 'r'): No such file or directory")],
    ),
    sends(
      "a path with quotes and a newline",
      request("guest-file-open", '{"path":"/nonexistent/\\"\\\\\\n\'"}'),
      [
        refused(
          "failed to open file '/nonexistent/\"\\\n'' (mode: 'r'): No such file or directory",
        ),
      ],
    ),
    sends("a path with percent signs", request("guest-file-open", '{"path":"/nonexistent/%s%n"}'), [
      refused("failed to open file '/nonexistent/%s%n' (mode: 'r'): No such file or directory"),
    ]),
  ],
};
