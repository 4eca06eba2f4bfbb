import type { Fd } from "../../native/fd.ts";
import { deviceText } from "./device-text.ts";
import type { FileSystem, Mount } from "./mounts.ts";

/**
 * The file systems that this agent has frozen, each open until it is thawed. So nobody can unmount one in the meantime:
 * it would stay frozen for ever, and whoever mounts its device again would wait for ever. And it can still be reached
 * when something else is mounted over it, or when it is unmounted lazily.
 */
export class HeldFileSystems {
  readonly #held = new Map<string, { readonly fileSystem: FileSystem; readonly fd: Fd }>();

  /** Takes over the descriptor. */
  hold(fileSystem: FileSystem, fd: Fd): void {
    this.#held.set(deviceText(fileSystem), { fileSystem, fd });
  }

  fdOf(fileSystem: FileSystem): Fd | null {
    return this.#held.get(deviceText(fileSystem))?.fd ?? null;
  }

  release(fileSystem: FileSystem): void {
    const device = deviceText(fileSystem);
    const fd = this.#held.get(device)?.fd;
    this.#held.delete(device);
    fd?.close();
  }

  /** The last one that was frozen first: the order in which they can be thawed. */
  get fileSystems(): FileSystem[] {
    return Array.from(this.#held.values(), ({ fileSystem }) => fileSystem).reverse();
  }

  /** As they were when they were frozen. */
  get mounts(): Mount[] {
    return this.fileSystems.flatMap(({ mounts }) => mounts);
  }
}
