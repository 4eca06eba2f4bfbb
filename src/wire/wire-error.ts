import type { JsonValue } from "./json.ts";

// None of these is an Error: they are what a host reads, not what went wrong here, and the stack that an Error gathers
// would cost more than all else that is done about a bad text.

/** A text that is no request at all. `desc` is what the peer reads. */
export class TextFault {
  readonly desc: string;

  constructor(desc: string) {
    this.desc = desc;
  }
}

/** A text that is not valid JSON in QEMU's dialect. */
export class JsonFault extends TextFault {
  constructor(reason: string) {
    super(`JSON parse error, ${reason}`);
  }
}

/** A JSON object that is not a request. `id` is to be echoed; undefined when there was none. */
export class EnvelopeFault {
  readonly desc: string;
  readonly id: JsonValue | undefined;

  constructor(desc: string, id: JsonValue | undefined) {
    this.desc = desc;
    this.id = id;
  }
}
