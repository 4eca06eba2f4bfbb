import { processName } from "../../client/bench/agent-process.ts";
import { AgentError, DeadlineError, TransportError } from "../../client/errors.ts";
import { absolutePath } from "../../linux/paths.ts";
import { socketUse } from "../../linux/unix-sockets.ts";
import {
  type Check,
  counted,
  failure,
  info,
  type Outcome,
  ok,
  skipped,
  warning,
} from "../finding.ts";
import { Conversation } from "./conversation.ts";
import type { Target } from "./target.ts";

const topic = "Socket";

const whereSockets =
  "in Proxmox VE it is /var/run/qemu-server/ID.qga, in libvirt below /run/libvirt/qemu/channel (or " +
  "/var/lib/libvirt/qemu/channel/target), in KubeVirt inside the virt-launcher pod; it is there while the guest runs";

export const presence: Check<Target> = {
  id: "socket",
  topic,
  expected: "the path is a unix socket",
  look({ socket, tree }) {
    const status = tree.status(socket);
    if (status === null) return failure(`there is no ${socket}`, whereSockets);
    if (status.type !== "socket")
      return failure(`${socket} is a ${status.type}, no socket`, whereSockets);
    return ok(socket);
  },
};

const others = 0o002;

export const access: Check<Target> = {
  id: "socket-access",
  topic,
  expected: "who may not be root in the guest cannot connect",
  needs: ["socket"],
  look({ socket, tree }) {
    const status = tree.status(socket);
    if (status === null) return skipped("it is gone");
    const { mode, uid, gid } = status;
    const seen = `mode ${mode.toString(8).padStart(4, "0")}, owner ${uid}, group ${gid}`;
    if ((mode & others) === 0) return ok(seen);
    const folder = tree.status(absolutePath(socket).replace(/\/[^/]*$/, "") || "/");
    const isClosed = folder !== null && (folder.mode & 0o001) === 0;
    if (isClosed) return ok(`${seen}; its folder lets nobody else in`);
    return warning(
      `${seen}: every user of this machine may connect`,
      `chmod o-w ${socket}, or put it into a folder of mode 0750: who connects is root in the guest`,
    );
  },
};

export const clients: Check<Target> = {
  id: "socket-clients",
  topic,
  expected: "somebody listens, and no other client is connected: an agent has one at a time",
  needs: ["socket"],
  look({ socket, tree }) {
    // Rows have the path as it was bound, which may be a relative one, or lead through a link.
    const names = [socket, absolutePath(socket), tree.trueName(absolutePath(socket))];
    const use = names.map((name) => socketUse(tree, name)).find((each) => each !== null) ?? null;
    if (use === null)
      return info("who is connected cannot be told: /proc/net/unix does not have it");
    if (!use.isListenedOn)
      return failure("nobody listens", "start the guest again, or remove the socket");
    const count = use.servedCount + use.waitingCount;
    if (count === 0) return ok("somebody listens, nobody is connected");
    const waiting = use.waitingCount > 0 ? `, ${use.waitingCount} of them waiting` : "";
    return failure(
      `${counted(count, "other client")} (${use.servedCount} served${waiting})`,
      `whoever comes now would wait for them to leave, so nothing was asked. ss -xp | grep ${socket} names them; where it is ` +
        "libvirt, go through virsh qemu-agent-command",
    );
  },
};

export const sync: Check<Target> = {
  id: "sync",
  topic: "Agent",
  expected: "the agent answers guest-sync-delimited",
  needs: ["socket", "socket-clients"],
  async look(target) {
    try {
      target.conversation = await Conversation.begin(target.socket, target.timeoutMs);
    } catch (error) {
      return unanswered(error);
    }
    const { syncMs, listenerPid } = target.conversation;
    const name = listenerPid === null ? null : processName(listenerPid);
    const by = name === null ? "" : `; ${name} (${listenerPid}) listens`;
    return ok(`in ${milliseconds(syncMs)}${by}`);
  },
};

/** What keeps a conversation from beginning. */
function unanswered(error: unknown): Outcome {
  if (error instanceof DeadlineError) {
    return failure(
      "nothing that is an answer came in time",
      "see in the guest whether the agent runs and has the port (guestwire doctor there); whether the guest is paused; whether " +
        "another client is connected from where this one cannot see it",
    );
  }
  if (error instanceof TransportError) {
    const code = error.cause instanceof Error && "code" in error.cause ? error.cause.code : null;
    if (code === "EAGAIN") {
      return failure(
        "the queue of those who wait to connect is full",
        "have the other clients leave",
      );
    }
    if (code === "ECONNREFUSED") {
      return failure(
        "nobody listens",
        "start the guest or the agent; a socket may outlive who made it",
      );
    }
    if (code === "EACCES") {
      return failure(error.message, "run it as a user who may connect, such as root");
    }
    return failure(error.message, "see what listens there: it does not talk as an agent does");
  }
  throw error;
}

/** What a question that failed says about the agent. */
export async function answerTo(look: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof AgentError) {
      return warning(
        `the agent refused: ${shortened(error.message)}`,
        "see what its configuration blocks",
      );
    }
    if (error instanceof DeadlineError || error instanceof TransportError) return unanswered(error);
    throw error;
  }
}

const shownCharsMax = 200;

/** Agents may say what they like, at any length. */
export function shortened(text: string): string {
  return text.length <= shownCharsMax ? text : `${text.slice(0, shownCharsMax)}…`;
}

/** `0.42 ms`, `120 ms` */
export function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(2) : Math.round(ms)} ms`;
}
