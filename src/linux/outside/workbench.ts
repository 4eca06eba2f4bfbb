import { descriptorPath } from "../../../native/descriptor-path.ts";
import { SysError } from "../../../native/errno.ts";
import { stayInMemory } from "../../../native/memory-lock.ts";
import { openAgain, openFileSystem } from "../file-system-access.ts";
import { FreezeFailure, freezeHeld, thawHeld, thawOne } from "../freeze.ts";
import { HeldFileSystems } from "../held-file-systems.ts";
import type { FileSystem } from "../mounts.ts";
import { type TrimResult, trimFileSystem } from "../trim.ts";
import { type LeaseTerms, readLease } from "./lease.ts";
import { readFileSystem, type Words } from "./orders.ts";

/** What the bench cannot do itself, since it takes time to come. */
export interface BenchEvents {
  leased(terms: LeaseTerms): void;
}

/**
 * The inside of a process that waits for the kernel in the agent's stead. It carries out one order after the other,
 * each of which may take for ever, and knows what would have to be undone if nobody was there any more to say so.
 */
export class Workbench {
  readonly held = new HeldFileSystems();
  readonly #root: string;
  readonly #events: BenchEvents;
  /** Frozen by this process, and nobody has said yet that this is how it shall stay. */
  readonly #unconfirmed = new Set<FileSystem>();

  constructor(root: string, events: BenchEvents) {
    this.#root = root;
    this.#events = events;
  }

  /** The answer: what came of it, or `failed`, the step and the errno. */
  carryOut([order = "", ...words]: Words): Words {
    let step = order;
    try {
      switch (order) {
        case "stay":
          return [staysInMemory() ? "staying" : "swappable"];
        case "open": {
          const system = readFileSystem(words);
          const fd = openFileSystem(system, this.#root);
          if (fd === null) return ["covered"];
          this.held.hold(system, fd);
          return ["opened", descriptorPath(fd)];
        }
        case "hold": {
          const [path = "", ...system] = words;
          this.held.hold(readFileSystem(system), openAgain(path));
          return ["held"];
        }
        case "release":
          this.held.release(readFileSystem(words));
          return ["released"];
        case "freeze":
          return this.#freeze(readFileSystem(words));
        case "confirm":
          this.#unconfirmed.clear();
          return ["confirmed"];
        case "undo":
          return this.#undo(readFileSystem(words));
        case "thaw":
          return this.#thaw(readFileSystem(words));
        case "trim": {
          const [minimum = "0", ...system] = words;
          return trimWords(trimFileSystem(readFileSystem(system), BigInt(minimum), this.#root));
        }
        case "lease":
          step = "open";
          this.#events.leased(readLease(words));
          return ["leased"];
        default:
          return ["unknown"];
      }
    } catch (error) {
      const { step: failedStep, cause } =
        error instanceof FreezeFailure ? error : { step, cause: error };
      if (cause instanceof SysError) return failed(failedStep, cause);
      throw error;
    }
  }

  /** For when the agent is gone in the middle of a freeze. */
  undoUnconfirmed(): void {
    for (const system of [...this.#unconfirmed].reverse()) {
      try {
        thawOne(system, this.#root, this.held);
      } catch (error) {
        // The others can be thawed even so.
        if (!(error instanceof FreezeFailure)) throw error;
      }
    }
    this.#unconfirmed.clear();
  }

  /** For when the agent does not thaw in time. @returns how many were frozen */
  thawEverything(): number {
    return thawHeld(this.held).thawedCount;
  }

  /** Lets go of everything. */
  clear(): void {
    for (const system of this.held.fileSystems) this.held.release(system);
  }

  #freeze(system: FileSystem): Words {
    if (!freezeHeld(system, this.held)) {
      this.held.release(system);
      return ["passed"];
    }
    this.#unconfirmed.add(system);
    return ["frozen"];
  }

  /** Nobody waited for the end of this freeze. What else was frozen has been taken care of. */
  #undo(system: FileSystem): Words {
    this.#unconfirmed.clear();
    return this.#thaw(system);
  }

  #thaw(system: FileSystem): Words {
    const hasThawed = thawOne(system, this.#root, this.held);
    this.held.release(system);
    return [hasThawed ? "thawed" : "nothing"];
  }
}

/** From now on nothing has to be loaded or read from a disk that may be frozen; where that is allowed. */
function staysInMemory(): boolean {
  try {
    stayInMemory();
    return true;
  } catch (error) {
    if (error instanceof SysError) return false;
    throw error;
  }
}

function failed(step: string, { errno }: SysError): Words {
  return ["failed", step, String(errno)];
}

function trimWords(result: TrimResult): Words {
  if (!("failed" in result)) {
    return ["trimmed", String(result.trimmedBytes), String(result.minimumBytes)];
  }
  return "cause" in result ? failed(result.failed, result.cause) : [result.failed];
}
