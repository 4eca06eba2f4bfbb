import { FileTree } from "../../linux/file-tree.ts";
import { type Conversation, type Deadline, deadlineIn } from "./conversation.ts";

/** The host's end of an agent's channel under examination. */
export class Target {
  readonly socket: string;
  readonly deadline: Deadline;
  /** This machine's own files. */
  readonly tree = new FileTree("");
  #conversation: Conversation | null = null;

  constructor(socket: string, timeoutMs: number) {
    this.socket = socket;
    this.deadline = deadlineIn(timeoutMs);
  }

  /** Begun by the check of the sync, which all that talk need. */
  get conversation(): Conversation {
    if (this.#conversation === null) throw new Error("There is no conversation yet");
    return this.#conversation;
  }

  set conversation(conversation: Conversation) {
    this.#conversation = conversation;
  }

  close(): void {
    this.#conversation?.close();
  }
}
