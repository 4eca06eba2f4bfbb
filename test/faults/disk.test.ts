/** Disks that are full, read-only or gone, under each folder that an agent uses: ours and qemu-ga's, side by side. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { type Binary, guestwire, lackOf, qemuGa } from "../differential/binaries.ts";
import { inNamespace, lackOfNamespace } from "../differential/namespace.ts";
import type { Client } from "../process/client.ts";
import { descriptors } from "../process/proc.ts";
import { needsSmallDisk } from "../process/tmpfs.ts";
import { abilities, allAbilities, DiskAgent } from "./disk-agent.ts";
import { DiskFolder, type Wrong } from "./disk-folder.ts";
import { diskFaults } from "./disk-rows.ts";

setDefaultTimeout(60_000);

type Id = keyof typeof diskFaults;
const shown = new Set<Id>();
afterAll(() => {
  expect(Object.keys(diskFaults).filter((id) => !shown.has(id as Id))).toEqual([]);
});

interface Scene {
  readonly binary: Binary;
  readonly agent: DiskAgent;
}

/** Declares the two tests of a row: what is seen is what it says. */
function show(id: Id, act: (scene: Scene) => Promise<string>, lack = needsSmallDisk): void {
  shown.add(id);
  const row = diskFaults[id];
  describe(row.fault, () => {
    for (const binary of [guestwire, qemuGa]) {
      const expected: string = binary === guestwire ? row.ours : row.reference;
      test.skipIf(!binary.present || lack !== "")(
        `${binary.name}: ${expected}${lackOf(binary)}${lack}`,
        async () => {
          await using agent = new DiskAgent(binary);
          expect(await act({ binary, agent })).toBe(expected);
        },
      );
    }
  });
}

/** What it does, and that it does everything again when the folder is mended, with no descriptor left. */
function inTrouble(agent: DiskAgent, client: Client, folder: DiskFolder): string {
  abilities(client);
  const opened = descriptors(agent.pid).length;
  const able = abilities(client);
  const left = descriptors(agent.pid).length - opened;
  folder.mend();
  const afterwards = abilities(client) === allAbilities ? "" : `; afterwards ${abilities(client)}`;
  return `${able === allAbilities ? "does everything" : able}${left > 0 ? `; leaves ${left} descriptors` : ""}${afterwards}`;
}

const startsNot = (agent: DiskAgent) => `does not start: \`${agent.firstReason}\``;

/** An agent whose state folder is wrong from the start on. */
async function startsWithState(
  { agent }: Scene,
  wrong: Wrong,
  before: (folder: string) => void = () => {},
): Promise<string> {
  rmSync(agent.folder("state"), { recursive: true });
  using folder = new DiskFolder(agent.folder("state"), wrong);
  before(folder.path);
  folder.break(wrong);
  const client = await agent.start([]);
  return client === null ? startsNot(agent) : inTrouble(agent, client, folder);
}

/** One whose state folder goes wrong while it runs. */
async function losesState({ agent }: Scene, wrong: Wrong): Promise<string> {
  rmSync(agent.folder("state"), { recursive: true });
  using folder = new DiskFolder(agent.folder("state"), wrong);
  const client = await agent.start([]);
  if (client === null) return startsNot(agent);
  folder.break(wrong);
  return `${inTrouble(agent, client, folder)}; ${await agent.end()}`;
}

const keepState = (folder: string) =>
  writeFileSync(`${folder}/qga.state`, "[global]\nfd_counter=1000\n");

show("state-missing", (scene) => startsWithState(scene, "missing"));
show("state-read-only", (scene) => startsWithState(scene, "read-only"));
show("state-full", (scene) => startsWithState(scene, "full"));
show("old-state-read-only", (scene) => startsWithState(scene, "read-only", keepState));
show("old-state-full", (scene) => startsWithState(scene, "full", keepState));
show("state-vanishes", (scene) => losesState(scene, "missing"));
show("state-turns-read-only", (scene) => losesState(scene, "read-only"));
show("state-turns-full", (scene) => losesState(scene, "full"));

/** One whose log is on a folder that is wrong from the start on. */
async function startsWithLog({ agent }: Scene, wrong: Wrong): Promise<string> {
  using folder = new DiskFolder(agent.folder("log"), wrong);
  folder.break(wrong);
  const client = await agent.start(["-v", "-l", `${folder.path}/log`]);
  return client === null ? startsNot(agent) : await logging(agent, client, folder);
}

async function losesLog({ agent }: Scene, wrong: Wrong): Promise<string> {
  using folder = new DiskFolder(agent.folder("log"), wrong);
  const client = await agent.start(["-v", "-l", `${folder.path}/log`]);
  if (client === null) return startsNot(agent);
  folder.break(wrong);
  return await logging(agent, client, folder);
}

/** More than a page. */
const linesMin = 100;

/** And where it says what it has to say. */
async function logging(agent: DiskAgent, client: Client, folder: DiskFolder): Promise<string> {
  const said = agent.stderr;
  // Each of them has a line of its own.
  for (let index = 0; index < linesMin; index++) client.ask(`guest-none-${index}`);
  const able = inTrouble(agent, client, folder);
  const where = agent.stderr === said ? "what it logs is lost" : "logs to stderr";
  const ending = await agent.end();
  const log = readFileSync(`${folder.path}/log`, "utf8");
  const gap = log.includes("could not be written here")
    ? "the log says that lines are missing"
    : "";
  return [able, where, gap, ending].filter((words) => words !== "").join("; ");
}

show("log-missing", (scene) => startsWithLog(scene, "missing"));
show("log-read-only", (scene) => startsWithLog(scene, "read-only"));
show("log-full", (scene) => startsWithLog(scene, "full"));
show("log-vanishes", (scene) => losesLog(scene, "missing"));
show("log-turns-full", (scene) => losesLog(scene, "full"));

/** A daemon whose pid file is on a folder that is wrong. */
async function startsWithPid({ agent }: Scene, wrong: Wrong): Promise<string> {
  using folder = new DiskFolder(agent.folder("pid"), wrong);
  folder.break(wrong);
  const client = await agent.start(["-d", "-f", `${folder.path}/pid`]);
  return client === null ? startsNot(agent) : inTrouble(agent, client, folder);
}

show("pid-missing", (scene) => startsWithPid(scene, "missing"));
show("pid-read-only", (scene) => startsWithPid(scene, "read-only"));
show("pid-full", (scene) => startsWithPid(scene, "full"));

/** What a host is told that writes a file on a folder that is wrong. */
async function writing({ agent }: Scene, wrong: Wrong): Promise<string> {
  using folder = new DiskFolder(agent.folder("target"), wrong);
  const client = await agent.start([]);
  if (client === null) return startsNot(agent);
  folder.break(wrong);
  const opened = descriptors(agent.pid).length;
  const told = writeFile(client, `${folder.path}/file`).replaceAll(folder.path, "FOLDER");
  const left = descriptors(agent.pid).length - opened;
  return `${told}${left > 0 ? `; leaves ${left} descriptors` : ""}; ${abilities(client) === allAbilities ? "goes on" : abilities(client)}`;
}

/** The first step that fails, and its words. */
function writeFile(client: Client, path: string): string {
  const bytes = Buffer.alloc(100).toString("base64");
  const open = client.ask("guest-file-open", { path, mode: "w" });
  if (open.error !== undefined) return `guest-file-open: \`${open.error.desc}\``;
  const handle = open.return;
  for (const [command, args] of [
    ["guest-file-write", { handle, "buf-b64": bytes }],
    ["guest-file-flush", { handle }],
    ["guest-file-close", { handle }],
  ] as const) {
    const { error } = client.ask(command, args);
    if (error === undefined) continue;
    client.ask("guest-file-close", { handle });
    return `${command}: \`${error.desc}\``;
  }
  return "all is well";
}

show("target-missing", (scene) => writing(scene, "missing"));
show("target-read-only", (scene) => writing(scene, "read-only"));
show("target-full", (scene) => writing(scene, "full"));

const away = `
mount -t tmpfs tmpfs /mnt
mkdir /mnt/agent /mnt/bin
mount --bind "$AGENT_HOME" /mnt/agent
mount --bind "$AGENT_BIN" /mnt/bin
for folder in /tmp /var /run; do mount -t tmpfs -o ro tmpfs $folder; done
cd /`;

show(
  "no-tmp-var-run",
  async ({ agent, binary }) => {
    const where = `AGENT_HOME=${agent.folder("")} AGENT_BIN=${dirname(binary.path)}`;
    const command = [...inNamespace(`${where}\n${away}`), `/mnt/bin/${basename(binary.path)}`];
    const client = await agent.start([], { command, home: "/mnt/agent" });
    if (client === null) return startsNot(agent);
    return abilities(client) === allAbilities ? "does everything" : abilities(client);
  },
  lackOfNamespace(`AGENT_HOME=/ AGENT_BIN=/\n${away}`),
);

/** The audit log, which qemu-ga does not have. */
async function auditing({ agent, binary }: Scene, wrong: Wrong, isLater: boolean): Promise<string> {
  if (binary !== guestwire) return "has no audit log";
  using folder = new DiskFolder(agent.folder("audit"), wrong);
  if (!isLater) folder.break(wrong);
  const client = await agent.start(["--audit-log", `${folder.path}/audit`]);
  if (client === null) return startsNot(agent);
  if (isLater) folder.break(wrong);
  const able = inTrouble(agent, client, folder);
  const isTold = agent.stderr.includes("its lines are kept in memory")
    ? "says so in its log; "
    : "";
  const ending = await agent.end();
  const lines = readFileSync(`${folder.path}/audit`, "utf8").trimEnd().split("\n");
  const numbers = lines.map((line) => JSON.parse(line).seq);
  const isWhole = numbers.every((seq, index) => seq === index + 1);
  return `${able}; ${isTold}the lines of the meantime ${isWhole ? "are written afterwards" : "are lost"}; ${ending}`;
}

show("audit-missing", (scene) => auditing(scene, "missing", false));
show("audit-read-only", (scene) => auditing(scene, "read-only", false));
show("audit-full", (scene) => auditing(scene, "full", false));
show("audit-vanishes", (scene) => auditing(scene, "missing", true));
show("audit-turns-full", (scene) => auditing(scene, "full", true));
