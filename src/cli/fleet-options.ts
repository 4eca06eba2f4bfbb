import { parallelDefault, parallelMax } from "../client/fleet/in-turn.ts";
import { readPattern } from "../client/fleet/pattern.ts";
import { readTargetText, type Target, targetText } from "../client/targets/target.ts";

/** What every subcommand's help that takes many targets says of them. */
export const fleetUsage = `  --targets LIST      many targets instead of TARGET, with commas in between;
                      @FILE, or - for standard input, has one a line, and
                      comments after #; may be repeated
  --parallel NUMBER   how many are asked at a time (${parallelDefault})
  --all               globs take domains of libvirt's that do not run, too
`;

/** The same, as words after the list of options. */
export const globUsage = `TARGET may be a glob with *, ? and [...], in quotes for the shell's sake: of sockets ('/run/qga/*.sock'), of domains ('web-*', 'libvirt:qemu+ssh://root@host/system/*') or of Proxmox machines ('proxmox:1*'). A path that is there just so, and unix:PATH, mean one socket.
`;

/** For parseArgs. */
export const fleetOptions = {
  targets: { type: "string", multiple: true, default: [] as string[] },
  parallel: { type: "string" },
  all: { type: "boolean", default: false },
} as const;

/** Many guests, as they were asked for. */
export interface FleetChoice {
  readonly kind: "fleet";
  /** Targets and globs. */
  readonly words: readonly string[];
  /** Lists of them, as `--targets` was given. */
  readonly lists: readonly string[];
  readonly isAll: boolean;
  readonly parallel: number;
}

interface FleetValues {
  readonly targets: readonly string[];
  readonly parallel?: string | undefined;
  readonly all: boolean;
}

/**
 * Whom a subcommand is for: one target, or many.
 * @param isAlwaysMany one target is a fleet of one
 * @throws Error that says what is wrong; TargetError
 */
export function readWhom(
  word: string | undefined,
  { targets, parallel, all }: FleetValues,
  isAlwaysMany = false,
): Target | FleetChoice {
  const choice = { kind: "fleet", isAll: all, parallel: readParallel(parallel) } as const;
  if (targets.length > 0) {
    if (word !== undefined) throw new Error(`TARGET and --targets exclude each other: ${word}`);
    return { ...choice, words: [], lists: targets };
  }
  const text = targetText(word, process.env);
  if (isAlwaysMany || readPattern(text) !== null) return { ...choice, words: [text], lists: [] };
  if (parallel !== undefined || all) {
    throw new Error("--parallel and --all are for more than one target");
  }
  return readTargetText(text);
}

function readParallel(text: string | undefined): number {
  if (text === undefined) return parallelDefault;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= parallelMax) return number;
  throw new Error(`--parallel takes a number from 1 to ${parallelMax}: current value is "${text}"`);
}
