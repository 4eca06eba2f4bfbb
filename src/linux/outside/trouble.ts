import type { ChildStatus } from "../../../native/reactor.ts";

/** Why something that was asked of another process has no result. */
export abstract class Trouble extends Error {
  /** In the words in which it is told behind what failed. */
  readonly text: string;

  constructor(text: string) {
    super(text);
    this.text = text;
  }
}

/** It has not ended in time, and may go on for ever. */
export class Overdue extends Trouble {
  override readonly name = "Overdue";

  constructor(seconds: number) {
    super(`no end after ${seconds} s`);
  }
}

/** An earlier attempt has not ended. */
export class Stuck extends Trouble {
  override readonly name = "Stuck";

  constructor() {
    super("an earlier attempt has not ended");
  }
}

/** The process has ended. */
export class Gone extends Trouble {
  override readonly name = "Gone";

  constructor(end: ChildStatus | null) {
    const how = end === null || end.signal === null ? "" : ` by signal ${end.signal}`;
    super(`the process that was to do it has been ended${how}`);
  }
}
