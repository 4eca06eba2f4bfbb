import { monotonicMs, realtimeNs } from "../../../native/clock.ts";
import type { PlainJson } from "../../client/json.ts";
import { qemuCommands } from "../../commands/registry.ts";
import { type Check, counted, failure, info, listed, ok, skipped, warning } from "../finding.ts";
import { answerTo, milliseconds, shortened } from "./socket.ts";
import type { Target } from "./target.ts";

const topic = "Agent";

interface Command {
  readonly name: string;
  readonly isEnabled: boolean;
}

/** What guest-info says that can be believed, whatever it is that answers. */
function readInfo(info: PlainJson): {
  readonly version: string;
  readonly commands: readonly Command[];
} {
  const version = member(info, "version");
  const commands = member(info, "supported_commands");
  return {
    version: typeof version === "string" ? shortened(version) : "",
    commands: (Array.isArray(commands) ? commands : []).flatMap((each) => {
      const name = member(each, "name");
      return typeof name === "string"
        ? [{ name: shortened(name), isEnabled: member(each, "enabled") !== false }]
        : [];
    }),
  };
}

function member(value: PlainJson, name: string): PlainJson {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return value[name] ?? null;
}

export const version: Check<Target> = {
  id: "version",
  topic,
  expected: "the agent tells its version",
  needs: ["sync"],
  look: ({ conversation }) =>
    answerTo(async () => {
      const { version: told } = readInfo(await conversation.ask("guest-info"));
      return told === ""
        ? warning(
            "guest-info has no version",
            "see what answers there: no known agent leaves it out",
          )
        : ok(told);
    }),
};

export const commands: Check<Target> = {
  id: "commands",
  topic,
  expected: "no command is disabled or missing that hosts may want",
  needs: ["sync"],
  look: ({ conversation }) =>
    answerTo(async () => {
      const { commands: told } = readInfo(await conversation.ask("guest-info"));
      const disabled = told.filter(({ isEnabled }) => !isEnabled).map(({ name }) => name);
      const known = new Set(told.map(({ name }) => name));
      const missing = qemuCommands()
        .filter(({ name }) => !known.has(name))
        .map(({ name }) => name);
      const parts = [counted(told.length, "command")];
      if (disabled.length > 0) parts.push(`disabled: ${listed(disabled)}`);
      if (missing.length > 0) parts.push(`not there: ${listed(missing)}`);
      const seen = parts.join("; ");
      if (parts.length === 1) return ok(seen);
      const advice =
        "see block-rpcs and allow-rpcs of the guest's qemu-ga.conf and the agent's command line";
      return info(seen, disabled.length > 0 ? advice : "an older agent has fewer commands");
    }),
};

export const frozen: Check<Target> = {
  id: "frozen",
  topic: "Guest",
  expected: "no file system is frozen",
  needs: ["sync"],
  look: ({ conversation }) =>
    answerTo(async () => {
      const status = await conversation.ask("guest-fsfreeze-status");
      if (status === "thawed") return ok("none is");
      const advice = "if no backup is under way: guestwire call SOCKET guest-fsfreeze-thaw";
      return failure(`guest-fsfreeze-status: ${shortened(String(status))}`, advice);
    }),
};

const nsPerMs = 1_000_000n;
/** Two machines that keep their clocks right are closer. */
const clockMsMax = 1_000;

export const clock: Check<Target> = {
  id: "clock",
  topic: "Guest",
  expected: `the clocks of host and guest are within ${clockMsMax / 1000} s`,
  needs: ["sync"],
  look: ({ conversation }) =>
    answerTo(async () => {
      const before = realtimeNs();
      const guest = await conversation.ask("guest-get-time");
      const after = realtimeNs();
      if (typeof guest !== "number" && typeof guest !== "bigint") {
        return skipped("guest-get-time does not answer with a number");
      }
      // Told somewhere in between.
      const ahead = Number((BigInt(Math.trunc(Number(guest))) - (before + after) / 2n) / nsPerMs);
      const doubt = Number((after - before) / 2n / nsPerMs);
      const away = Math.abs(ahead);
      const direction = ahead < 0 ? "behind" : "ahead of";
      const seen = `the guest is ${milliseconds(away)} ${direction} the host (±${milliseconds(doubt)})`;
      if (away <= clockMsMax + doubt) return ok(seen);
      return warning(
        seen,
        "guestwire call SOCKET guest-set-time '{\"time\": NANOSECONDS}', and an NTP client in both",
      );
    }),
};

const pingCount = 20;

export const latency: Check<Target> = {
  id: "latency",
  topic,
  expected: `the median of ${pingCount} pings is told`,
  needs: ["sync"],
  look: ({ conversation }) =>
    answerTo(async () => {
      const times: number[] = [];
      for (let ping = 0; ping < pingCount; ping++) {
        const startedMs = monotonicMs();
        await conversation.ask("guest-ping");
        times.push(monotonicMs() - startedMs);
      }
      times.sort((left, right) => left - right);
      const [lowest = 0] = times;
      const median = times[Math.floor(pingCount / 2)] ?? 0;
      const highest = times.at(-1) ?? 0;
      return ok(
        `${milliseconds(median)} in the median of ${pingCount} (${milliseconds(lowest)} to ${milliseconds(highest)})`,
      );
    }),
};
