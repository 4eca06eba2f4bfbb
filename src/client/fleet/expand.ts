import { underDeadline } from "../deadline.ts";
import { DeadlineError, TransportError } from "../errors.ts";
import { readTargetText, type Target, TargetError } from "../targets/target.ts";
import { domainNames } from "../targets/virsh.ts";
import type { Member } from "./member.ts";
import { type Pattern, readPattern } from "./pattern.ts";

/** More than one host has guests; it keeps a mistake in a list from being taken for a fleet. */
export const membersMax = 10_000;

/** virsh may have to get in touch with a host far away. */
const listMsMax = 30_000;

export interface Expansion {
  /** Globs stand also for domains that do not run. */
  readonly isAll: boolean;
  readonly signal: AbortSignal;
}

/**
 * The guests that targets and globs stand for, each once, in the order they were given; those of a glob by name.
 * @throws TargetError, also for a glob that nothing matches
 */
export async function membersOf(words: readonly string[], how: Expansion): Promise<Member[]> {
  const members = new Map<string, Member>();
  for (const word of words) {
    const pattern = readPattern(word);
    const found =
      pattern === null
        ? [{ name: word, target: readTargetText(word) }]
        : await matchesOf(pattern, word, how);
    for (const member of found) {
      const key = JSON.stringify(member.target);
      if (!members.has(key)) members.set(key, member);
    }
    if (members.size > membersMax) throw new TargetError(`More than ${membersMax} targets`);
  }
  return [...members.values()];
}

async function matchesOf(pattern: Pattern, word: string, how: Expansion): Promise<Member[]> {
  switch (pattern.kind) {
    case "paths":
      return orNothing(socketsOf(pattern.glob), `"${word}" matches no socket`);
    case "machines": {
      const sockets = socketsOf(pattern.glob).map((each) => ({ ...each, name: machineOf(each) }));
      return orNothing(sockets, `"${word}" matches no machine of Proxmox VE here`);
    }
    case "domains": {
      const what = how.isAll ? "no domain" : "no domain that runs";
      const found = await domainsOf(pattern.uri, pattern.glob, how);
      return orNothing(found, `"${word}" matches ${what}`);
    }
    case "names": {
      const here = socketsOf(pattern.glob);
      if (here.length > 0) return here;
      const found = await domainsOf(null, pattern.glob, how).catch((error: unknown) => {
        if (!(error instanceof TargetError)) throw error;
        throw new TargetError(`"${word}" matches no socket here, and ${error.message}`);
      });
      return orNothing(found, `"${word}" matches no socket here and no domain of libvirt's`);
    }
  }
}

function orNothing(members: Member[], message: string): Member[] {
  if (members.length === 0) throw new TargetError(message);
  return members;
}

const byName = new Intl.Collator("en", { numeric: true });

function socketsOf(glob: string): Member[] {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { globSync } = process.getBuiltinModule("node:fs");
  return globSync(glob)
    .filter(isSocket)
    .sort(byName.compare)
    .map((path) => ({ name: path, target: { kind: "unix", path } }));
}

function isSocket(path: string): boolean {
  const { statSync } = process.getBuiltinModule("node:fs");
  try {
    return statSync(path, { throwIfNoEntry: false })?.isSocket() === true;
  } catch (error) {
    throw new TargetError(`"${path}": ${(error as NodeJS.ErrnoException).code}`, { cause: error });
  }
}

function machineOf({ name }: Member): string {
  return name.replace(/^.*\/(\d+)\.qga$/, "proxmox:$1");
}

async function domainsOf(
  uri: string | null,
  glob: string,
  { isAll, signal }: Expansion,
): Promise<Member[]> {
  let names: string[];
  try {
    names = await underDeadline(listMsMax, signal, (deadline) => domainNames(uri, isAll, deadline));
  } catch (error) {
    if (!(error instanceof TransportError || error instanceof DeadlineError)) throw error;
    throw new TargetError(`domains cannot be listed: ${error.message}`, { cause: error });
  }
  const matched = names.includes(glob) ? [glob] : names.filter(matcherOf(glob));
  return matched.sort(byName.compare).map((domain) => {
    const target: Target = { kind: "libvirt", uri, domain };
    return { name: `libvirt:${uri === null ? "" : `${uri}/`}${domain}`, target };
  });
}

/** As a shell matches names, where a `!` in front and braces are characters like others. */
function matcherOf(glob: string): (name: string) => boolean {
  const matcher = new Bun.Glob(glob.replaceAll(/^!|[{}\\]/g, "\\$&"));
  return (name) => matcher.match(name);
}
