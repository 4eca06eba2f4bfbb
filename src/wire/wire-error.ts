import type { JsonValue } from "./json.ts";

/** A text that is not valid JSON in QEMU's dialect. `desc` is what the peer reads. */
export class JsonFault extends Error {
  override readonly name = "JsonFault";
  readonly desc: string;

  constructor(reason: string) {
    const desc = `JSON parse error, ${reason}`;
    super(desc);
    this.desc = desc;
  }
}

/** A JSON value that is not a request. `id` is to be echoed; undefined when there was none. */
export class EnvelopeFault extends Error {
  override readonly name = "EnvelopeFault";
  readonly desc: string;
  readonly id: JsonValue | undefined;

  constructor(desc: string, id: JsonValue | undefined) {
    super(desc);
    this.desc = desc;
    this.id = id;
  }
}
