/** What clients, programs and administrators do to an agent on this machine: ours and qemu-ga's, side by side. */
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { EPOLLIN, poll } from "../../native/reactor.ts";
import type { Agent } from "../process/agent.ts";
import { request, syncRequest } from "../process/client.ts";
import { descriptors, isRunning, until } from "../process/proc.ts";
import { DeadMount, lackOfDeadMount } from "./dead-mount.ts";
import { endOf, shell, statusOf } from "./exec-steps.ts";
import { hostFaults } from "./host-rows.ts";
import { boundWords, PeakMemory, residentMib } from "./memory.ts";
import { FaultTests } from "./side-by-side.ts";

const tests = new FaultTests(hostFaults);
const mebibyte = 1024 * 1024;
const usualDescriptorsMax = 1024;
/** An agent that is silent for so long is taken for one that waits. */
const silenceMsMax = 6_000;
/** Twice what ours waits for what a program has left in the background. */
const backgroundMsMax = 4_000;

/** Whether the next client is in sync and answered, or what has become of the agent. */
async function served(agent: Agent): Promise<string> {
  if (!agent.program.alive) return "the agent has ended";
  using client = await agent.connect();
  if (poll(client.fd, 0, 0) !== 0) return "the next client is hung up on";
  client.sync();
  client.call("guest-ping");
  return "the next client is served";
}

/** Resolves when a figure has stayed the same for a while. */
async function settled(figure: () => number): Promise<void> {
  let last = Number.NaN;
  let same = 0;
  await until("nothing moves any more", () => {
    const now = figure();
    same = now === last ? same + 1 : 0;
    last = now;
    return same > 50;
  });
}

function sockets(agent: Agent): number {
  return descriptors(agent.pid).filter((each) => each.startsWith("socket:")).length;
}

tests.show("killed-under-load", async ({ agent }) => {
  using before = await agent.client();
  const first = before.call("guest-file-open", { path: "/dev/null" }) as number;
  before.send(request("guest-info").repeat(50));
  await agent.end("SIGKILL");
  await agent.launch();
  using client = await agent.client();
  const handle = client.call("guest-file-open", { path: "/dev/null" }) as number;
  const old = client.ask("guest-file-read", { handle: first }).error?.desc;
  if (old !== `handle '${first}' has not been found`) return `handle ${first}: ${old}`;
  const given = handle > first ? "no handle is given out twice" : `handle ${handle} once more`;
  return `the socket is taken over, and ${given}`;
});

tests.show("stopped", async ({ agent }) => {
  using client = await agent.client();
  process.kill(agent.pid, "SIGSTOP");
  client.send(`{"execute": "guest-pi\xff${syncRequest(1)}${request("guest-ping").repeat(100)}`);
  process.kill(agent.pid, "SIGCONT");
  while (client.line() !== '\xff{"return": 1}');
  const answers = Array.from({ length: 100 }, () => client.line());
  const isAll = answers.every((line) => line === '{"return": {}}');
  return isAll ? "in sync, all pings are answered" : answers.join();
});

tests.show("hang-ups", async ({ agent }) => {
  const opened = descriptors(agent.pid).length;
  const texts = ["", '{"execute": "guest-pi', request("guest-info")];
  for (let count = 0; count < 1000 && agent.program.alive; count++) {
    // One that is ending refuses, and is alive for a moment yet.
    const client = await agent.connect().catch(() => agent.program.ended().then(() => null));
    client?.send(texts[count % texts.length] as string);
    client?.close();
  }
  const words = await served(agent);
  if (!agent.program.alive) return words;
  await until("its descriptors given back", () => descriptors(agent.pid).length <= opened);
  return `${words}; no descriptor is left`;
});

tests.show("never-reads", async ({ agent }) => {
  using client = await agent.client();
  const handle = client.call("guest-file-open", { path: "/dev/zero" });
  const peak = new PeakMemory(agent.pid);
  client.send(request("guest-file-read", { handle, count: 5 * mebibyte }).repeat(15));
  await settled(() => peak.mib);
  const memory = boundWords(peak.mib, 32, 64, 128);
  client.close();
  await until("the client seen to leave", () => !agent.program.alive || sockets(agent) === 1);
  return `needs ${memory}; ${await served(agent)}`;
});

async function openMany(agent: Agent, times: number): Promise<string> {
  const client = await agent.client();
  let opened = 0;
  const refusals = new Set<string>();
  for (let count = 0; count < times; count++) {
    const { error } = client.ask("guest-file-open", { path: "/dev/null" });
    if (error === undefined) opened++;
    else refusals.add(error.desc.replace("failed to open file '/dev/null' (mode: 'r'): ", ""));
  }
  client.close();
  const refused = [...refusals].map((desc) => `, then \`${desc}\``).join("");
  return `${opened} are open${refused}; ${await served(agent)}`;
}

tests.show("opens", ({ agent }) => openMany(agent, 10_000), {
  descriptorsMax: usualDescriptorsMax,
});
tests.show("opens-unlimited", ({ agent }) => openMany(agent, 1_000), { descriptorsMax: 20_000 });

tests.show("abandoned-results", async ({ agent }) => {
  using client = await agent.client();
  const restMib = residentMib(agent.pid);
  for (let round = 0; round < 20; round++) {
    const pids = Array.from({ length: 10 }, () => shell(client, "head -c 8388608 /dev/zero"));
    await until("they have ended", () => pids.every((pid) => !existsSync(`/proc/${pid}`)));
  }
  await settled(() => residentMib(agent.pid));
  return `keeps ${boundWords(residentMib(agent.pid) - restMib, 128, 1024)}`;
});

tests.show("execs-at-once", async ({ agent }) => {
  using client = await agent.client();
  const args = { path: "/bin/sh", arg: ["-c", "echo out; echo err >&2"], "capture-output": true };
  client.send(request("guest-exec", args).repeat(100));
  const pids = Array.from({ length: 100 }, () => (client.reply().return as { pid: number }).pid);
  let right = 0;
  for (const pid of pids) {
    const status = await endOf(client, pid);
    if (status.exitcode === 0 && status["out-data"] === btoa("out\n")) right++;
  }
  return `${right} are run and told with their output`;
});

tests.show(
  "too-many-execs",
  async ({ agent }) => {
    using client = await agent.client();
    const pids: number[] = [];
    const refusals = new Set<string>();
    for (let count = 0; count < 500; count++) {
      const args = { path: "sleep", arg: ["1000"], "capture-output": true };
      const { return: started, error } = client.ask("guest-exec", args);
      if (error === undefined) pids.push((started as { pid: number }).pid);
      else refusals.add(error.desc);
    }
    try {
      const refused = [...refusals].map((desc) => `, then \`${desc}\``).join("");
      client.close();
      return `${pids.length} run${refused}; ${await served(agent)}`;
    } finally {
      for (const pid of pids) process.kill(pid, "SIGKILL");
    }
  },
  { descriptorsMax: usualDescriptorsMax },
);

tests.show("running-floods", async ({ agent }) => {
  using client = await agent.client();
  const restMib = residentMib(agent.pid);
  const full = (index: number) => agent.file(`full-${index}`);
  const pids = Array.from({ length: 40 }, (_, index) =>
    shell(client, `head -c 16777216 /dev/zero; : > ${full(index)}; exec sleep 1000`),
  );
  try {
    await until("all have written", () => pids.every((_, index) => existsSync(full(index))));
    await settled(() => residentMib(agent.pid));
    const memory = boundWords(residentMib(agent.pid) - restMib, 256, 512);
    client.close();
    return `keeps ${memory}; ${await served(agent)}`;
  } finally {
    for (const pid of pids) process.kill(pid, "SIGKILL");
  }
});

tests.show("input-not-taken", async ({ agent }) => {
  using client = await agent.client();
  const input = Buffer.alloc(16 * mebibyte, 7).toString("base64");
  const text = request("guest-exec", { path: "sleep", arg: ["1000"], "input-data": input });
  const pids: number[] = [];
  let refused = "";
  for (let count = 0; count < 12; count++) {
    client.pump(text);
    const { return: started, error } = client.reply();
    if (error === undefined) pids.push((started as { pid: number }).pid);
    else refused = ", then it is refused";
  }
  client.close();
  try {
    return `${pids.length} run${refused}; ${await served(agent)}`;
  } finally {
    for (const pid of pids) process.kill(pid, "SIGKILL");
  }
});

tests.show("child-killed", async ({ agent }) => {
  using client = await agent.client();
  const {
    exitcode,
    signal,
    "out-data": out,
  } = await endOf(client, shell(client, "echo begun; kill -9 $$"));
  const how = exitcode === undefined ? `by signal ${signal}` : `with exit code ${exitcode}`;
  return `told as ended ${how}, ${out === btoa("begun\n") ? "with" : "without"} its output`;
});

tests.show("child-closes", async ({ agent }) => {
  using client = await agent.client();
  const go = agent.file("go");
  const wait = `while [ ! -e ${go} ] && [ -d ${agent.state} ]; do sleep 0.01; done`;
  const pid = shell(client, `exec >&- 2>&-; : > ${go}-begun; ${wait}`);
  await until("its outputs are closed", () => existsSync(`${go}-begun`));
  if (statusOf(client, pid).exited) return "told as ended while it runs";
  mkdirSync(go);
  await endOf(client, pid);
  return "told as running until it ends";
});

tests.show("child-leaves-background", async ({ agent }) => {
  using client = await agent.client();
  const left = agent.file("left");
  const pid = shell(client, `echo out; sleep 1000 & echo $! > ${left}`);
  await until("it has ended", () => !isRunning(pid));
  try {
    let status = statusOf(client, pid);
    const deadline = Date.now() + backgroundMsMax;
    while (!status.exited && Date.now() < deadline) status = statusOf(client, pid);
    if (!status.exited) return "told as running while the other one runs";
    const isWhole = status["out-data"] === btoa("out\n");
    return `told as ended, ${isWhole ? "with" : "without"} its output`;
  } finally {
    process.kill(Number(readFileSync(left, "latin1")), "SIGKILL");
  }
});

tests.show("output-flood", async ({ agent }) => {
  using client = await agent.client();
  const peak = new PeakMemory(agent.pid);
  const pid = shell(client, "head -c 200000000 /dev/zero");
  await until("it has ended", () => !isRunning(pid));
  const memory = boundWords(peak.mib, 64, 256);
  const { "out-data": out = "", "out-truncated": isTruncated } = await endOf(client, pid);
  const kept = `${atob(out).length / mebibyte} MiB are kept`;
  return `needs ${memory}; ${kept}, and ${isTruncated ? "" : "not "}told as truncated`;
});

const lack = await lackOfDeadMount();

tests.show(
  "dead-fuse-info",
  async ({ agent }) => {
    await using mount = await DeadMount.on(agent.file("dead"));
    using client = await agent.client();
    client.send(request("guest-get-fsinfo"));
    if (poll(client.fd, EPOLLIN, silenceMsMax) === 0) return "does not answer";
    const isListed = (client.line() ?? "").includes(mount.folder);
    return `answers, ${isListed ? "with" : "without"} the mount`;
  },
  { lack },
);

tests.show(
  "dead-fuse-open",
  async ({ agent }) => {
    const mount = await DeadMount.on(agent.file("dead"));
    using client = await agent.client();
    symlinkSync(mount.folder, agent.file("link"));
    client.send(request("guest-file-open", { path: `${agent.file("link")}/file` }));
    if (poll(client.fd, EPOLLIN, silenceMsMax) !== 0) {
      const { error } = client.reply();
      await mount[Symbol.asyncDispose]();
      return `answers \`${error?.desc.split(": ").at(-1)}\``;
    }
    await mount[Symbol.asyncDispose]();
    const isAnswered = client.line() !== null;
    return `does not answer; ${isAnswered ? "answers" : "has ended"} when the mount has gone`;
  },
  { lack },
);
