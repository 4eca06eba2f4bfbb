import { mkdirSync, writeFileSync } from "node:fs";
import { machine, release, version } from "node:os";
import { type Case, request, type Suite } from "../case.ts";

const os = request("guest-get-osinfo");

/** Replaces what uname() says, having checked that it is said. */
function uname(line: string): string {
  return line
    .replace(`"kernel-release": "${release()}"`, '"kernel-release": <release>')
    .replace(`"kernel-version": "${version()}"`, '"kernel-version": <version>')
    .replace(`"machine": "${machine()}"`, '"machine": <machine>');
}

/** What the file gives, as it stands on the wire. */
type Given = {
  name?: string;
  version?: string;
  variant?: string;
  "pretty-name"?: string;
  "version-id"?: string;
  "variant-id"?: string;
  id?: string;
};

function info(given: Given, requestId = ""): string {
  const text = (key: keyof Given) => {
    const value = given[key];
    return value === undefined ? [] : [`"${key}": "${value}"`];
  };
  const members = [
    ...text("name"),
    '"kernel-release": <release>',
    ...text("version"),
    ...text("variant"),
    ...text("pretty-name"),
    ...text("version-id"),
    ...text("variant-id"),
    '"kernel-version": <version>',
    '"machine": <machine>',
    ...text("id"),
  ];
  return `{"return": {${members.join(", ")}}${requestId}}`;
}

/** The reply to one content of the os-release file, which is read anew for each request. */
function reads(name: string, content: string | Uint8Array, given: Given, ours?: Given): Case {
  return {
    name,
    setUp: (work) => writeFileSync(`${work}/os-release`, content),
    steps: [{ send: os }],
    replies: [info(given)],
    facts: uname,
    ...(ours && { difference: "open-quote-in-os-release", ours: [info(ours)] }),
  };
}

export const osinfo: Suite = {
  topic: "guest-get-osinfo",
  setup: { env: { QGA_OS_RELEASE: "os-release" } },
  cases: [
    reads(
      "all seven keys",
      'ID=debian\nNAME="Debian GNU/Linux"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION="12 (bookworm)"\nVERSION_ID="12"\nVARIANT="Server Edition"\nVARIANT_ID=server\n',
      {
        name: "Debian GNU/Linux",
        version: "12 (bookworm)",
        variant: "Server Edition",
        "pretty-name": "Debian GNU/Linux 12 (bookworm)",
        "version-id": "12",
        "variant-id": "server",
        id: "debian",
      },
    ),
    reads(
      "the file of Debian 12",
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\nHOME_URL="https://www.debian.org/"\nSUPPORT_URL="https://www.debian.org/support"\nBUG_REPORT_URL="https://bugs.debian.org/"\n',
      {
        name: "Debian GNU/Linux",
        version: "12 (bookworm)",
        "pretty-name": "Debian GNU/Linux 12 (bookworm)",
        "version-id": "12",
        id: "debian",
      },
    ),
    reads(
      "the file of Fedora",
      'NAME="Fedora Linux"\nVERSION="40 (Server Edition)"\nID=fedora\nVERSION_ID=40\nVERSION_CODENAME=""\nPLATFORM_ID="platform:f40"\nPRETTY_NAME="Fedora Linux 40 (Server Edition)"\nANSI_COLOR="0;38;2;60;110;180"\nVARIANT="Server Edition"\nVARIANT_ID=server\n',
      {
        name: "Fedora Linux",
        version: "40 (Server Edition)",
        variant: "Server Edition",
        "pretty-name": "Fedora Linux 40 (Server Edition)",
        "version-id": "40",
        "variant-id": "server",
        id: "fedora",
      },
    ),
    reads(
      "the file of Alpine",
      'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.0\nPRETTY_NAME="Alpine Linux v3.20"\nHOME_URL="https://alpinelinux.org/"\n',
      {
        name: "Alpine Linux",
        "pretty-name": "Alpine Linux v3.20",
        "version-id": "3.20.0",
        id: "alpine",
      },
    ),
    reads(
      "the file of Arch Linux",
      'NAME="Arch Linux"\nPRETTY_NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\nANSI_COLOR="38;2;23;147;209"\n',
      { name: "Arch Linux", "pretty-name": "Arch Linux", id: "arch" },
    ),
    { name: "a missing file", steps: [{ send: os }], replies: [info({})], facts: uname },
    reads("an empty file", "", {}),
    reads("only comments and empty lines", "# a comment\n\n   \n#NAME=x\n", {}),
    reads("comments between keys", "# a\nNAME=x\n# b\n", { name: "x" }),
    reads("a line without an equals sign spoils the file", "NAME=x\nrubbish\n", {}),
    reads("a line without an equals sign at the end spoils the file", "NAME=x\nrubbish", {}),
    reads("a group header", "[other]\nNAME=x\n", {}),
    reads("a group header behind the key", "NAME=x\n[other]\nNAME=y\n", { name: "x" }),
    reads("bytes that are no UTF-8", Uint8Array.of(...Buffer.from("NAME=x"), 0xff, 0x0a), {}),
    reads(
      "bytes that are no UTF-8 in another key",
      Uint8Array.of(...Buffer.from("NAME=x\nOTHER="), 0xff, 0x0a),
      {},
    ),
    reads(
      "bytes that are no UTF-8 in a comment",
      Uint8Array.of(...Buffer.from("#"), 0xff, ...Buffer.from("\nNAME=x\n")),
      {},
    ),
    reads("letters outside ASCII", 'NAME="Größe 😀"\n', {
      name: "Gr\\u00F6\\u00DFe \\uD83D\\uDE00",
    }),
    reads("no newline at the end", "NAME=x", { name: "x" }),
    reads("CRLF line ends", "NAME=x\r\nID=y\r\n", { name: "x", id: "y" }),
    reads("CRLF line ends and quotes", 'NAME="x"\r\n', { name: "x" }),
    reads("blanks around the equals sign", "NAME = x\n", { name: "x" }),
    reads("blanks before the key", "  NAME=x\n", { name: "x" }),
    reads("a tab before the value", "NAME=\tx\n", { name: "x" }),
    reads("blanks behind the value", "NAME=x   \n", { name: "x" }),
    reads("the last of two keys counts", "NAME=x\nNAME=y\n", { name: "y" }),
    reads("keys are case sensitive", "name=x\n", {}),
    reads("an empty value", "NAME=\n", { name: "" }),
    reads("an empty quoted value", 'NAME=""\n', { name: "" }),
    reads("an unquoted value ends at the first blank", "NAME=Foo Bar\n", { name: "Foo" }),
    reads("an unquoted value ends at the first semicolon", "NAME=Foo;Bar\n", { name: "Foo" }),
    reads("an unquoted value with a blank before the semicolon", "NAME=Foo Bar;x\n", {
      name: "Foo",
    }),
    reads("an unquoted value with a backslash", "NAME=a\\\\b\n", { name: "a\\\\\\\\b" }),
    reads("an unquoted value with an escaped blank", "NAME=a\\ b\n", { name: "a\\\\" }),
    reads("an unquoted value with \\s", "NAME=a\\sb\n", { name: "a\\\\sb" }),
    reads("an unquoted value with \\n", "NAME=a\\nb\n", { name: "a\\\\nb" }),
    reads("an unquoted value with a bad escape", "NAME=a\\xb\n", { name: "a\\\\xb" }),
    reads("an unquoted value with a quote inside", 'NAME=a"b c"d\n', { name: 'a\\"b' }),
    reads("an unquoted value with a hash", "NAME=a#b\n", { name: "a#b" }),
    reads("an unquoted value with an equals sign", "NAME=a=b\n", { name: "a=b" }),
    reads("an unquoted value with a dollar", "NAME=$HOME\n", { name: "$HOME" }),
    reads("single quotes are not quotes", "NAME='Foo Bar'\n", { name: "'Foo" }),
    reads("single quotes without a blank", "NAME='Foo'\n", { name: "'Foo'" }),
    reads("a semicolon inside double quotes", 'NAME="a;b c"\n', { name: "a;b c" }),
    reads("a quote that is not closed", 'NAME="a b\n', { name: "a bb" }, { name: "a b" }),
    reads("text behind the closing quote is dropped", 'NAME="a"b c\n', { name: "a" }),
    reads("the escapes of double quotes", 'NAME="a\\$b\\\'c\\"d\\\\e\\`f"\n', {
      name: "a$b'c\\\"d\\\\e`f",
    }),
    reads("another backslash inside double quotes stays", 'NAME="a\\xb\\n\\t\\s"\n', {
      name: "a\\\\xb\\\\n\\\\t\\\\s",
    }),
    reads(
      "a backslash at the end inside double quotes",
      'NAME="a\\\n',
      { name: "a\\\\\\\\" },
      { name: "a\\\\" },
    ),
    reads(
      "a backslash before the closing quote",
      'NAME="a\\"\n',
      { name: 'a\\"\\\\\\"' },
      { name: 'a\\"' },
    ),
    reads(
      "a newline cannot be inside double quotes",
      'NAME="a\nID=b"\n',
      { name: "aa", id: 'b\\"' },
      { name: "a", id: 'b\\"' },
    ),
    reads("a dollar without a backslash inside double quotes", 'NAME="$a"\n', { name: "$a" }),
    reads("single quotes inside double quotes", 'NAME="it\'s"\n', { name: "it's" }),
    reads("only a quote", 'NAME="\n', { name: '\\"' }, { name: "" }),
    reads("only two quotes and blanks", 'NAME="  "\n', { name: "  " }),
    reads("a key with a locale", "NAME[de]=x\nNAME=y\n", { name: "y" }),
    reads("a key with a dash", "A-B=x\nNAME=y\n", { name: "y" }),
    reads("a key with a blank", "A B=x\nNAME=y\n", { name: "y" }),
    reads("an empty key", "=x\nNAME=y\n", {}),
    reads("export before a key", 'export NAME="x"\n', {}),
    reads("a byte order mark", Uint8Array.of(0xef, 0xbb, 0xbf, ...Buffer.from("NAME=x\n")), {}),
    reads("a NUL byte in the file", "NAME=a\0b\n", { name: "a" }),
    reads("a value of 10000 letters", `NAME=${"x".repeat(10_000)}\n`, { name: "x".repeat(10_000) }),
    reads("keys that are not asked for", "FOO=x\nBUILD_ID=1\n", {}),
    {
      name: "a folder in place of the file",
      setUp: (work) => mkdirSync(`${work}/os-release`),
      steps: [{ send: os }],
      replies: [info({})],
      facts: uname,
    },
    {
      name: "the id of the request stands behind the return",
      steps: [{ send: '{"execute":"guest-get-osinfo","id":1}' }],
      replies: [info({}, ', "id": 1')],
      facts: uname,
    },
  ],
};
