import { FAULT, Inbox, NEED_MORE } from "../../src/wire/inbox.ts";
import { parseText } from "../../src/wire/parser.ts";
import { ReplyBuffer } from "../../src/wire/reply.ts";
import { type Request, readRequest } from "../../src/wire/request.ts";
import { EnvelopeFault, TextFault } from "../../src/wire/wire-error.ts";

/** The wire room with the three commands that need nothing else, answering as qemu-ga does. */
export class Responder {
  readonly #inbox = new Inbox();
  readonly #replies = new ReplyBuffer();

  /** Takes what a host sends; returns what it gets back. */
  answer(bytes: Uint8Array): Buffer {
    this.#inbox.push(bytes);
    for (let event = this.#inbox.next(); event !== NEED_MORE; event = this.#inbox.next()) {
      if (event === FAULT) this.#inbox.noise.fault(this.#inbox.fault, this.#replies);
      else this.#answerText(this.#inbox.text);
    }
    const sent = Buffer.from(this.#replies.next());
    this.#replies.consumed(sent.length);
    return sent;
  }

  #answerText(text: Uint8Array): void {
    try {
      const request = readRequest(parseText(text));
      this.#inbox.noise.request(this.#replies);
      this.#answerRequest(request);
    } catch (error) {
      if (error instanceof TextFault) this.#inbox.noise.fault(error.desc, this.#replies);
      else if (error instanceof EnvelopeFault) {
        this.#inbox.noise.object(this.#replies);
        this.#replies.writeError("GenericError", error.desc, error.id);
      } else throw error;
    }
  }

  #answerRequest({ execute, arguments: given, id }: Request): void {
    const number = given.get("id");
    if (execute === "guest-ping") this.#replies.writeReturn(undefined, id, false);
    else if (execute !== "guest-sync" && execute !== "guest-sync-delimited") {
      this.#replies.writeError("CommandNotFound", `The command ${execute} has not been found`, id);
    } else if (number === undefined) {
      this.#replies.writeError("GenericError", "Parameter 'id' is missing", id);
    } else if (typeof number === "number" || (typeof number === "bigint" && number < 2n ** 63n)) {
      this.#replies.writeReturn(number, id, execute === "guest-sync-delimited");
    } else {
      const desc = "Invalid parameter type for 'id', expected: integer";
      this.#replies.writeError("GenericError", desc, id);
    }
  }
}
