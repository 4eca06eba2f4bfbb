import type { JsonValue } from "./json.ts";

/** A text that is no request at all. `desc` is what the peer reads. */
export class TextFault extends Error {
  override readonly name: string = "TextFault";
  readonly desc: string;

  constructor(desc: string) {
    super(desc);
    this.desc = desc;
  }
}

/** A text that is not valid JSON in QEMU's dialect. */
export class JsonFault extends TextFault {
  override readonly name = "JsonFault";

  constructor(reason: string) {
    super(`JSON parse error, ${reason}`);
  }
}

/** A JSON object that is not a request. `id` is to be echoed; undefined when there was none. */
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
