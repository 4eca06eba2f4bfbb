import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { existsSync } from "node:fs";
import { type AgentConnection, AgentError } from "./agent-connection.ts";
import { agentUnderTest, missingForAgentTests } from "./agent-under-test.ts";
import { Guest } from "./guest.ts";
import { shellWord } from "./guest-shell.ts";
import { needs } from "./requirements.ts";

const bootTimeoutMs = 240_000;
setDefaultTimeout(120_000);

const qemuGa = "/usr/sbin/qemu-ga";
const chpasswd = "/usr/sbin/chpasswd";
/** Debian's chpasswd sets passwords by PAM, which loads this. */
const pamUnix = "/lib/x86_64-linux-gnu/security/pam_unix.so";
const missing = [
  ...missingForAgentTests(),
  ...[qemuGa, chpasswd, pamUnix].filter((path) => !existsSync(path)),
];

const home = "/home/alice";
const folder = `${home}/.ssh`;
const path = `${folder}/authorized_keys`;

describe.skipIf(missing.length > 0)(`accounts in a guest${needs(missing)}`, () => {
  let guest: Guest;
  let agent: AgentConnection;
  let other: AgentConnection;

  beforeAll(async () => {
    const otherPort = "org.example.other.0";
    guest = await Guest.boot({
      agent: agentUnderTest,
      agentArgs: ["-v"],
      moreAgents: [
        {
          name: "other",
          from: qemuGa,
          port: otherPort,
          args: ["-p", `/dev/virtio-ports/${otherPort}`, "-t", "/tmp"],
        },
      ],
      executables: [
        { from: chpasswd, path: chpasswd },
        { from: pamUnix, path: pamUnix },
      ],
      files: [
        {
          path: "/etc/passwd",
          text: [
            "root:x:0:0:root:/root:/bin/sh",
            "nobody:x:65534:65534:nobody:/:/bin/false",
            `alice:x:1000:1001:Alice:${home}:/bin/sh`,
            "",
          ].join("\n"),
        },
        { path: "/etc/group", text: "root:x:0:\nnogroup:x:65534:\nalice:x:1001:\n" },
        { path: "/etc/shadow", text: "root:*:19000::::::\nalice:!:19000::::::\n", mode: 0o640 },
        { path: "/etc/login.defs", text: "ENCRYPT_METHOD SHA512\n" },
        { path: "/etc/pam.d/chpasswd", text: "password required pam_unix.so sha512\n" },
      ],
    });
    agent = await guest.connect();
    other = await guest.agentNamed("other").connect();
    await Promise.all([agent.sync(), other.sync()]);
  }, bootTimeoutMs);

  afterAll(async () => {
    await agent?.close();
    await other?.close();
    await guest?.[Symbol.asyncDispose]();
  });

  const outcomeOf = (call: Promise<unknown>) =>
    call.catch((error: unknown) => (error instanceof AgentError ? error.desc : String(error)));

  describe("SSH keys", () => {
    const newHome = `rm -rf ${home}; mkdir -p ${home}; chown 1000:1001 ${home}`;
    const withFile = (content: string) =>
      `${newHome}; mkdir -m 700 ${folder}; printf ${shellWord(content)} > ${path}; chown -R 1000:1001 ${folder}`;
    const get = (username = "alice"): Request => ["guest-ssh-get-authorized-keys", { username }];
    const add = (keys: string[], more = {}): Request => [
      "guest-ssh-add-authorized-keys",
      { username: "alice", keys, ...more },
    ];
    const remove = (keys: string[], username = "alice"): Request => [
      "guest-ssh-remove-authorized-keys",
      { username, keys },
    ];

    /** What an agent answers to each request, and what is in the home at the end; blank lines do not count. */
    async function played(by: AgentConnection, setUp: string, requests: readonly Request[]) {
      await guest.text(setUp);
      const replies: string[] = [];
      for (const [command, args] of requests) replies.push(await by.exchange(command, args));
      const tree = await guest.text(
        `cd /home; find alice | sort | xargs -r stat -c '%n %F %a %u %g'; [ ! -f ${path} ] || sed '/^$/d' ${path}`,
      );
      return { replies, tree: tree.replace("regular empty file", "regular file").trimEnd() };
    }

    test.each<[string, string, Request[]]>([
      ["unknown users", newHome, [get("bob"), remove(["k"], "bob"), get(""), get("r\0t")]],
      ["nothing there", newHome, [get(), remove(["k"])]],
      ["no home", `rm -rf ${home}`, [get(), remove(["k"]), add(["k"])]],
      ["a home of root", `${newHome}; chown 0:0 ${home}`, [get(), remove(["k"])]],
      ["first keys, twice the same", newHome, [add(["k1", "k2", "k1"]), get()]],
      ["no keys at first", newHome, [add([]), get()]],
      ["more keys", withFile("k1\\n# c\\nk2\\n"), [add(["k2", "k3"]), add(["k4"]), get()]],
      ["the old keys go", withFile("k1\\n"), [add(["k2"], { reset: true }), get()]],
      ["all keys go", withFile("k1\\n"), [add([], { reset: true }), get()]],
      ["keys are removed", withFile("k1\\nk2\\nk1\\n#k\\nk3"), [remove(["k1", "k9"]), get()]],
      ["the last key is removed", withFile("k1\\n"), [remove(["k1"]), get()]],
      [
        "no keys at all",
        withFile("k\\n"),
        [add(["k2", "#k"]), remove(["a\nb"]), add(["#"], { username: "bob" }), get()],
      ],
      [
        "odd lines",
        withFile("  a b\\t\\n #c\\n\\n \\r\\n\\013k\\nk\\377\\303(\\r\\nz"),
        [get(), add(["é", "\0x"]), get()],
      ],
      [
        "a mode that is too wide",
        `${withFile("k\\n")}; chmod 666 ${path}; chmod 755 ${folder}`,
        [add(["k2"])],
      ],
      [
        "a folder in place of the file",
        `${newHome}; mkdir -p ${path}; chown -R 1000:1001 ${folder}`,
        [get(), remove(["k"])],
      ],
      ["the keys of root", newHome, [get("root"), remove(["k"], "root")]],
    ])("are served as qemu-ga does: %s", async (_, setUp, requests) => {
      const theirs = await played(other, setUp, requests);
      expect(await played(agent, setUp, requests)).toEqual(theirs);
    });

    test("the file ends in a newline, and no blank line comes between", async () => {
      await guest.text(withFile("k1\\n"));
      await agent.call(...add(["k2"]));
      expect(await guest.text(`cat ${path}`)).toBe("k1\nk2\n");
      await guest.text(withFile("k1"));
      await agent.call(...add(["k2"]));
      expect(await guest.text(`cat ${path}`)).toBe("k1\nk2\n");
    });

    test("a link that the user has put there leads the agent nowhere", async () => {
      const shadow = () =>
        guest.text("cat /etc/shadow; stat -c '%a %u %g' /etc/shadow; ls -A /etc");
      const before = await shadow();
      await guest.text(`${newHome}; ln -s /etc ${folder}`);
      for (const request of [get(), add(["k"]), add(["k"], { reset: true }), remove(["k"])]) {
        expect(await outcomeOf(agent.call(...request))).toMatch(/^failed to .*: Not a directory$/);
      }
      for (const target of ["/etc/shadow", "/proc/self/environ"]) {
        await guest.text(`${withFile("")}; ln -sf ${target} ${path}`);
        for (const request of [get(), add(["k"]), remove(["k"])]) {
          expect(await outcomeOf(agent.call(...request))).toMatch(
            /^failed to read .*: Too many levels of symbolic links$/,
          );
        }
        expect(await agent.call(...add(["k"], { reset: true }))).toEqual({});
        expect(await guest.text(`stat -c '%F %a %u %g' ${path}`)).toBe(
          "regular file 600 1000 1001\n",
        );
      }
      expect(await shadow()).toBe(before);
    });

    test("the agent is itself again afterwards", async () => {
      const { pid } = guest.agent.process;
      expect(
        await guest.text(`grep -h -E '^(Uid|Gid|Groups):' /proc/${pid}/task/${pid}/status`),
      ).toBe("Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t \n");
      const handle = await agent.call("guest-file-open", { path: "/etc/shadow" });
      await agent.call("guest-file-close", { handle });
    });
  });

  describe("passwords", () => {
    const set = (password: string, more: Readonly<Record<string, unknown>> = {}) =>
      outcomeOf(
        agent.call("guest-set-user-password", {
          username: "alice",
          password: btoa(password),
          crypted: false,
          ...more,
        }),
      );
    const hash = async () => (await guest.text("grep ^alice: /etc/shadow")).split(":")[1] ?? "";
    /** Whether su(1) takes it from a user who has to know it. */
    const letsIn = async (password: string) => {
      const nobody = `su -s /bin/sh -c "su -c 'id -un' alice" nobody`;
      const { stdout } = await guest.run(`printf '%s\\n' ${shellWord(password)} | ${nobody}`);
      return stdout.endsWith("\nalice\n");
    };

    beforeEach(async () => {
      await guest.text("chmod u+s /bin/busybox; sed -i 's/^alice:[^:]*/alice:!/' /etc/shadow");
    });

    test("a password lets its user in, and no other one does", async () => {
      const password = "geheim: $'x";
      expect(await set(password)).toEqual({});
      const [, method, salt] = (await hash()).split("$");
      expect(method).toBe("6");
      const made = await guest.text(`mkpasswd -m sha512 -S ${salt} ${shellWord(password)}`);
      expect(await hash()).toBe(made.trim());
      expect(await letsIn(password)).toBe(true);
      expect(await letsIn("wrong")).toBe(false);
    });

    test("a hash is kept as it is, and the password behind it lets in", async () => {
      const made = (await guest.text("mkpasswd -m sha512 -S saltsalt other")).trim();
      expect(await set(made, { crypted: true })).toEqual({});
      expect(await hash()).toBe(made);
      expect(await letsIn("other")).toBe(true);
    });

    test("what would be another line or another user is refused, and nothing changes", async () => {
      expect(await set("a\nroot:b")).toBe("forbidden characters in raw password");
      expect(await set("a", { username: "root:b\nalice" })).toBe(
        "forbidden characters in username",
      );
      expect(await set("a", { password: "a b" })).toBe("Base64 data contains invalid characters");
      expect(await hash()).toBe("!");
    });

    test("an unknown user is told in the program's words", async () => {
      const said = await set("secret", { username: "bob" });
      expect(said).toStartWith("child process has failed to set user password: chpasswd: ");
      expect(said).toContain("bob");
      expect(said).not.toContain("secret");
    });

    test("without chpasswd busybox is asked, which here has no such applet", async () => {
      await guest.text(`mv ${chpasswd} /tmp/chpasswd`);
      expect(await set("x")).toBe(
        "child process has failed to set user password: chpasswd: applet not found\n",
      );
      await guest.text(`mv /tmp/chpasswd ${chpasswd}`);
    });

    test("the log keeps no password", async () => {
      const password = "not-for-the-log";
      await set(password);
      const log = await guest.agent.log();
      expect(log).not.toContain(password);
      expect(log).not.toContain(btoa(password));
    });
  });
});

type Request = [command: string, args: Readonly<Record<string, unknown>>];
