import { CopyError } from "./errors.ts";
import { GuestLine } from "./guest-line.ts";
import { GuestTree, guestTreeCommands } from "./guest-tree.ts";
import { HostTree } from "./host-tree.ts";
import { Owners } from "./owners.ts";
import type { Place } from "./place.ts";
import { reach } from "./reach.ts";
import { Shell } from "./shell/shell.ts";
import { ShellTree, shellTreeCommands } from "./shell/shell-tree.ts";
import type { Tree } from "./tree.ts";

export interface SidesOptions {
  readonly retryMsMax: number;
  readonly signal: AbortSignal;
  /** Whether owners are taken over where that can be. */
  readonly keepsOwners: boolean;
  /** Told once of each thing that is not as it should be, and of lines that are lost. */
  readonly tell: (text: string) => void;
}

/** The machines that take part: one line to each guest, since an agent talks to one at a time. */
export class Sides implements Disposable {
  readonly #options: SidesOptions;
  readonly #guests = new Map<string, { readonly line: GuestLine; readonly tree: Tree }>();
  readonly #hosts: HostTree[] = [];
  readonly #hostOwners: Owners;

  constructor(options: SidesOptions) {
    this.#options = options;
    this.#hostOwners = new Owners(options.keepsOwners && process.geteuid?.() === 0, options.tell);
  }

  /** @param base on this machine, the folder that is not left */
  async tree(place: Place, base: string): Promise<Tree> {
    return place.kind === "host" ? this.host(base) : this.guest(place);
  }

  host(base: string): HostTree {
    const tree = new HostTree(base, this.#hostOwners);
    this.#hosts.push(tree);
    return tree;
  }

  async guest({ target, targetText }: Extract<Place, { kind: "guest" }>): Promise<Tree> {
    const known = this.#guests.get(targetText);
    if (known !== undefined) return known.tree;
    const { retryMsMax, signal, tell } = this.#options;
    const line = await GuestLine.open({
      reach: () => reach(target),
      retryMsMax,
      signal,
      tell,
    });
    const guest = { line, tree: await this.#treeOf(line) };
    this.#guests.set(targetText, guest);
    return guest.tree;
  }

  /** Does something once more where one of the lines was lost. */
  async again<T>(work: () => Promise<T>): Promise<T> {
    const lines = [...this.#guests.values()].map(({ line }) => line);
    return lines.reduce<() => Promise<T>>((inner, line) => () => line.again(inner), work)();
  }

  [Symbol.dispose](): void {
    for (const { line } of this.#guests.values()) line[Symbol.dispose]();
    for (const tree of this.#hosts) tree[Symbol.dispose]();
  }

  async #treeOf(line: GuestLine): Promise<Tree> {
    const { supported_commands } = await line.client.call("guest-info");
    const usable = new Set<string>(
      supported_commands.filter(({ enabled }) => enabled).map(({ name }) => name),
    );
    const owners = new Owners(this.#options.keepsOwners, this.#options.tell);
    if (guestTreeCommands.every((name) => usable.has(name))) return new GuestTree(line, owners);
    if (shellTreeCommands.every((name) => usable.has(name))) {
      this.#options.tell(
        "this agent has no commands to copy files with: programs of the guest's stand in, which takes longer, and holes of its files are sent as zeros",
      );
      return new ShellTree(new Shell(line), owners);
    }
    line[Symbol.dispose]();
    throw new CopyError(
      "The agent is not allowed what copying takes: its own commands for it, or guest-exec and guest-file-*",
    );
  }
}
