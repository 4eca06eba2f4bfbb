import { FileTree } from "../../linux/file-tree.ts";
import type { Conversation } from "./conversation.ts";

/** The host's end of an agent's channel under examination. */
export class Target {
  readonly socket: string;
  /** How long the conversation may take. */
  readonly timeoutMs: number;
  /** This machine's own files. */
  readonly tree = new FileTree("");
  #conversation: Conversation | null = null;

  constructor(socket: string, timeoutMs: number) {
    this.socket = socket;
    this.timeoutMs = timeoutMs;
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
