import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type Case, request, type Suite } from "../case.ts";
import { badType, done, refused } from "../words.ts";

/** No user of any machine, in case the program below were ever not the one that is found. */
const user = "guestwire-no-such-user";

/** PATH has nothing but the working folder's `bin`: the machine's own passwords are out of reach. */
const setup = { env: { PATH: "bin" } };

/** A chpasswd that notes what it was given, and ends as the last line says. */
function chpasswd(ending = ""): (work: string) => void {
  return (work) => {
    mkdirSync(`${work}/bin`);
    const script = ["#!/bin/sh", "/bin/cat > input", 'echo "$*" > words', ending];
    writeFileSync(`${work}/bin/chpasswd`, `${script.join("\n")}\n`);
    chmodSync(`${work}/bin/chpasswd`, 0o755);
  };
}

const noted = {
  act: ({ work }: { work: string }) =>
    ["input", "words"]
      .filter((name) => existsSync(`${work}/${name}`))
      .map((name) => JSON.stringify(readFileSync(`${work}/${name}`, "latin1")))
      .join(" "),
};

/** Sets a password given as Latin-1 text. */
function sets(password: string, username = user, crypted = false): { ask: string } {
  return ask({ username, password: btoa(password), crypted });
}

function ask(args: Readonly<Record<string, unknown>>): { ask: string } {
  return { ask: request("guest-set-user-password", JSON.stringify(args)) };
}

function taken(name: string, step: { ask: string }, input: string, words = ""): Case {
  const note = `${JSON.stringify(input)} ${JSON.stringify(`${words}\n`)}`;
  return { name, setUp: chpasswd(), steps: [step, noted], replies: [done, note] };
}

function refusedBefore(name: string, step: { ask: string }, reply: string): Case {
  return { name, setUp: chpasswd(), steps: [step, noted], replies: [reply, ""] };
}

function failing(name: string, ending: string, theirs: string, ours: string): Case {
  const line = `"${user}:x\\n" "\\n"`;
  return {
    name,
    setUp: chpasswd(ending),
    steps: [sets("x"), noted],
    replies: [refused(theirs), line],
    ...(theirs !== ours && {
      difference: "failing-helper-programs" as const,
      ours: [refused(ours), line],
    }),
  };
}

const failed = "child process has failed to set user password";
const base64Error = refused("Base64 data contains invalid characters");

export const setUserPassword: Suite = {
  topic: "guest-set-user-password",
  setup,
  cases: [
    taken("a password", sets("pw"), `${user}:pw\n`),
    taken("a hash", sets("$6$s$h", user, true), `${user}:$6$s$h\n`, "-e"),
    taken("an empty password", sets(""), `${user}:\n`),
    taken("an empty user name", sets("x", ""), ":x\n"),
    taken("any bytes but a newline", sets("a:\r\x01\xff\xfe"), `${user}:a:\r\x01\xff\xfe\n`),
    taken("U+0000 and U+00E9 in the user name", sets("x", "r\0\xe9"), "r\xc0\x80\xc3\xa9:x\n"),
    taken("NUL cuts the password", sets("a\0b"), `${user}:a\n`),
    taken("also before a newline", sets("a\0\nb"), `${user}:a\n`),
    taken(
      "base64 without padding",
      ask({ username: user, password: "aGVsbG8", crypted: false }),
      `${user}:hel\n`,
    ),
    refusedBefore(
      "a newline in the password",
      sets("a\nb"),
      refused("forbidden characters in raw password"),
    ),
    refusedBefore(
      "a colon in the user name",
      sets("x", "a:b"),
      refused("forbidden characters in username"),
    ),
    refusedBefore(
      "a newline in the user name",
      sets("x", "a\nb"),
      refused("forbidden characters in username"),
    ),
    refusedBefore(
      "the password is looked at before the user name",
      sets("a\nb", "a:b"),
      refused("forbidden characters in raw password"),
    ),
    refusedBefore(
      "and its base64 before that",
      ask({ username: "a:b", password: "YQpi YQpi", crypted: false }),
      base64Error,
    ),
    refusedBefore("no arguments", ask({}), refused("Parameter 'username' is missing")),
    refusedBefore(
      "no password",
      ask({ username: user, crypted: false }),
      refused("Parameter 'password' is missing"),
    ),
    refusedBefore(
      "nothing said about crypted",
      ask({ username: user, password: "" }),
      refused("Parameter 'crypted' is missing"),
    ),
    refusedBefore(
      "crypted is a word",
      ask({ username: user, password: "", crypted: "no" }),
      badType("crypted", "boolean"),
    ),
    failing("a program that fails without a word", "exit 3", failed, `${failed}: exit status 3`),
    failing(
      "a program that fails and says why",
      "echo no; echo never >&2; exit 1",
      failed,
      `${failed}: no\nnever\n`,
    ),
    failing(
      "a program that is killed",
      "kill -9 $$",
      "child process has terminated abnormally",
      "child process has terminated abnormally",
    ),
    {
      name: "a program that succeeds may say what it likes",
      setUp: chpasswd("echo all is well; exit 0"),
      steps: [sets("x")],
      replies: [done],
    },
    {
      name: "no program",
      steps: [sets("x")],
      replies: [refused("cannot find 'passwd' program in PATH")],
      difference: "failing-helper-programs",
      ours: [
        refused(
          `${failed}: failed to exec 'chpasswd': No such file or directory\nfailed to exec 'busybox': No such file or directory\n`,
        ),
      ],
    },
  ],
};
