import { EndOfHandle, type Fields, WrittenBytes } from "../commands/evidence.ts";

/** Characters of texts that one line keeps of a call. Hosts can give paths and arguments of 64 MiB. */
export const auditedCharsMax = 8192;

/** And of each of them. */
export const auditedTextCharsMax = 4096;

/** And so many entries of lists. */
export const auditedEntriesMax = 256;

/** What a line says of bytes. */
interface Sum {
  readonly bytes: number;
  readonly sha256: string;
}

type Shown = string | number | boolean | null | readonly string[] | Sum;

interface RunningSum {
  bytes: number;
  readonly hasher: Bun.CryptoHasher;
}

/** Makes of the evidence of calls what lines keep of it, with the sums of what was written through each handle. */
export class AuditedFields {
  /** By handle, from its first write to its end; so there are no more than open files. */
  readonly #sums = new Map<bigint, RunningSum>();

  /** Bounded in size; `cut` says how much of lists and texts is missing. */
  shown(fields: Fields): Record<string, unknown> {
    const budget = new Budget();
    const shown: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(fields)) {
      const one = this.#one(value, budget);
      if (one !== undefined) shown[name] = one;
    }
    return budget.cut === null ? shown : { ...shown, cut: budget.cut };
  }

  #one(value: Fields[string], budget: Budget): Shown | undefined {
    if (typeof value === "bigint") return exact(value);
    if (typeof value === "string") return budget.text(value);
    if (value instanceof WrittenBytes) return this.#written(value);
    if (value instanceof EndOfHandle) return this.#ended(value);
    return typeof value === "object" && value !== null ? budget.list(value) : value;
  }

  #written({ handle, bytes }: WrittenBytes): Sum {
    let sum = this.#sums.get(handle);
    if (sum === undefined) {
      sum = { bytes: 0, hasher: new Bun.CryptoHasher("sha256") };
      this.#sums.set(handle, sum);
    }
    sum.bytes += bytes.length;
    sum.hasher.update(bytes);
    const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    return { bytes: bytes.length, sha256 };
  }

  #ended({ handle }: EndOfHandle): Sum | undefined {
    const sum = this.#sums.get(handle);
    if (sum === undefined) return undefined;
    this.#sums.delete(handle);
    return { bytes: sum.bytes, sha256: sum.hasher.digest("hex") };
  }
}

/** Integers that JSON readers would round stand as texts. */
function exact(value: bigint): number | string {
  return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value))
    ? Number(value)
    : String(value);
}

/** What is left of the room of one line. */
class Budget {
  #chars = auditedCharsMax;
  #entries = auditedEntriesMax;
  #cutChars = 0;
  #cutEntries = 0;

  get cut(): { readonly chars: number; readonly entries: number } | null {
    if (this.#cutChars === 0 && this.#cutEntries === 0) return null;
    return { chars: this.#cutChars, entries: this.#cutEntries };
  }

  text(text: string): string {
    const kept = Math.min(text.length, auditedTextCharsMax, this.#chars);
    this.#chars -= kept;
    this.#cutChars += text.length - kept;
    return kept === text.length ? text : text.slice(0, kept);
  }

  list(texts: readonly string[]): string[] {
    const kept: string[] = [];
    for (const text of texts) {
      if (this.#entries === 0 || this.#chars === 0) {
        this.#cutEntries++;
        this.#cutChars += text.length;
        continue;
      }
      this.#entries--;
      kept.push(this.text(text));
    }
    return kept;
  }
}
