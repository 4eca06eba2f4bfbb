import { readFileSync } from "node:fs";
import { errnoOf, SysError } from "../../native/errno.ts";
import { beginning, type ChainEnd } from "../../src/agent/audit-chain.ts";
import { ChainCheck } from "../../src/agent/audit-check.ts";
import type { AuditOutlet } from "../../src/agent/audit-log.ts";

/** Keeps lines, unless it is told to fail. */
export class KeptLines implements AuditOutlet {
  readonly name = "'kept'";
  readonly lines: string[] = [];
  failsWith: string | null = null;
  isClosed = false;

  resume(): { end: ChainEnd } {
    this.#fail();
    return { end: beginning };
  }

  write(line: string): void {
    this.#fail();
    this.lines.push(line);
  }

  close(): void {
    this.isClosed = true;
  }

  #fail(): void {
    if (this.failsWith !== null) throw new SysError("write", errnoOf(this.failsWith), "kept");
  }
}

/** A stand-in for the agent's knowledge of frozen file systems. */
export class Freezer {
  isFrozen = false;
  readonly #deferred: (() => void)[] = [];

  whenThawed(act: () => void): void {
    this.#deferred.push(act);
  }

  thaw(): void {
    this.isFrozen = false;
    for (const act of this.#deferred.splice(0)) act();
  }
}

/** What a check says of the files, one after the other. @throws ChainFault */
export function checked(...files: readonly Uint8Array[]): ChainCheck {
  const check = new ChainCheck({ manyChains: false });
  for (const [index, bytes] of files.entries()) {
    let line = 0;
    let from = 0;
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, from)) {
      line++;
      check.line(bytes.subarray(from, end), { file: String(index), line });
      from = end + 1;
    }
    if (from < bytes.length) {
      check.cut(bytes.subarray(from), { file: String(index), line: line + 1 });
    }
  }
  check.finish();
  return check;
}

export function checkedFiles(...paths: readonly string[]): ChainCheck {
  return checked(...paths.map((path) => readFileSync(path)));
}
