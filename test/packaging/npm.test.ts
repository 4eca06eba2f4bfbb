import { expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { missingSystemPrograms, needs } from "../guest/requirements.ts";
import { Agent } from "../process/agent.ts";
import { isRunning } from "../process/proc.ts";
import { output, run } from "./command.ts";
import { missingPackagers, releaseUnderTest } from "./release-under-test.ts";
import { scratchFolders } from "./scratch-folder.ts";

const missing = [...missingPackagers, ...missingSystemPrograms(["node", "npx"])];
const scratch = scratchFolders();

/** A folder with the packages installed, from their files alone. */
function install(...packages: RegExp[]): string {
  const folder = scratch("npm");
  writeFileSync(join(folder, "package.json"), "{}");
  const files = packages.map((name) => releaseUnderTest().file(name));
  const options = ["--offline", "--no-audit", "--no-fund", `--cache=${scratch("cache")}`];
  output(["npm", "install", ...options, ...files], { cwd: folder });
  return folder;
}

const launcherFile = /^guestwire-\d[^-]*\.tgz$/;
const executableFile = /^guestwire-linux-.*\.tgz$/;

function installBoth(): string {
  return install(launcherFile, executableFile);
}

const folder = missing.length === 0 ? installBoth() : "";
const guestwire = join(folder, "node_modules/.bin/guestwire");

/** An agent behind the launcher, which Node starts. */
async function startAgent(): Promise<Agent> {
  return Agent.start([], { path: guestwire, environment: { PATH: process.env.PATH as string } });
}

/** The only child of a process. */
function childOf(pid: number): number {
  return Number(output(["cat", `/proc/${pid}/task/${pid}/children`]));
}

test.skipIf(missing.length > 0)(`npx runs the executable${needs(missing)}`, () => {
  const said = output(["npx", "--offline", "guestwire", "--version"], { cwd: folder });
  expect(said).toMatch(/^guestwire \d+\.\d+\.\d+ \(QEMU Guest Agent .*\)\n$/);
});

test.skipIf(missing.length > 0)(
  `a call goes through the launcher, and so does SIGTERM to an agent${needs(missing)}`,
  async () => {
    await using agent = await startAgent();
    const call = ["npx", "--offline", "guestwire", "call", agent.socket, "guest-get-host-name"];
    const answer = JSON.parse(output(call, { cwd: folder })) as unknown;
    expect(answer).toEqual({ "host-name": output(["uname", "-n"]).trim() });
    const executable = childOf(agent.pid);
    agent.program.kill("SIGTERM");
    expect(await agent.program.ended()).toEqual({ code: 0, signal: null });
    expect(isRunning(executable)).toBe(false);
  },
);

test.skipIf(missing.length > 0)(`a program imports the library${needs(missing)}`, async () => {
  await using agent = await startAgent();
  writeFileSync(
    join(folder, "program.mjs"),
    `import { connect } from "guestwire";
const guest = await connect(process.argv[2]);
console.log((await guest.run(["cat"], { input: "through" })).stdout);
guest.close();
`,
  );
  expect(output(["node", "program.mjs", agent.socket], { cwd: folder })).toBe("through\n");
});

test.skipIf(missing.length > 0)(
  `the launcher ends as the executable does${needs(missing)}`,
  async () => {
    const nowhere = join(scratch("nowhere"), "agent.sock");
    const refused = run([guestwire, "call", nowhere, "guest-ping"]);
    expect(refused.exitCode).toBe(255);
    expect(refused.stderr).toContain(nowhere);
    await using agent = await startAgent();
    process.kill(childOf(agent.pid), "SIGKILL");
    expect(await agent.program.ended()).toEqual({ code: null, signal: "SIGKILL" });
  },
);

/** Stands for the executable: counts how often it is interrupted, until SIGUSR2. */
const interruptedProgram = `#!/usr/bin/env node
process.on("SIGINT", () => console.log("interrupted"));
process.on("SIGUSR2", () => process.exit(7));
process.stdin.resume();
console.log("ready");
`;

test.skipIf(missing.length > 0)(
  `Ctrl-C in a terminal comes to the executable once${needs(missing)}`,
  async () => {
    const other = installBoth();
    const [name = ""] = readdirSync(join(other, "node_modules/@guestwire"));
    const executable = join(other, "node_modules/@guestwire", name, "bin/guestwire");
    writeFileSync(executable, interruptedProgram);
    const screen = Promise.withResolvers<void>();
    let shown = "";
    const launcher = Bun.spawn([join(other, "node_modules/.bin/guestwire")], {
      terminal: {
        data(terminal, bytes) {
          const before = shown;
          shown += new TextDecoder().decode(bytes);
          const isNew = (word: string) => !before.includes(word) && shown.includes(word);
          if (isNew("ready")) terminal.write("\x03");
          if (isNew("interrupted")) {
            // Once more for the launcher alone, since signals that come together count as one.
            launcher.kill("SIGINT");
            launcher.kill("SIGUSR2");
          }
        },
        exit: () => screen.resolve(),
      },
    });
    expect(await launcher.exited).toBe(7);
    await screen.promise;
    expect(shown.match(/interrupted/g)).toEqual(["interrupted"]);
  },
);

test.skipIf(missing.length > 0)(
  `without the package of the executable it says what is missing${needs(missing)}`,
  () => {
    const alone = install(launcherFile);
    const refused = run(["npx", "--offline", "guestwire", "--version"], { cwd: alone });
    expect(refused.exitCode).toBe(127);
    expect(refused.stderr).toMatch(
      /^guestwire: the package @guestwire\/linux-\S+ is not installed/,
    );
  },
);
