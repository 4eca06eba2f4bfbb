import type { ReturnOf } from "../../commands/registry.ts";
import type { AgentClient } from "../agent-client.ts";
import { AgentError } from "../errors.ts";

/** Of each list that a guest tells; what comes behind is not looked at. */
export const rowsMax = 1_024;

/** Space changes slowly, and a dead mount costs the guest seconds. */
const fileSystemsEveryMs = 10_000;

/** The commands that a sample is made of. */
export const sampledCommands = [
  "__org.guestwire_summary",
  "guest-get-load",
  "guest-get-cpustats",
  "guest-get-diskstats",
  "guest-network-get-interfaces",
  "guest-get-fsinfo",
] as const;
type Sampled = (typeof sampledCommands)[number];

/** Something told, and when: milliseconds of this host's monotonic clock. */
export interface Told<T> {
  readonly value: T;
  readonly atMs: number;
}

/** What an agent tells of a guest at one time; null is what it does not tell. */
export interface Sample {
  readonly summary: Told<ReturnOf<"__org.guestwire_summary">> | null;
  readonly load: Told<ReturnOf<"guest-get-load">> | null;
  readonly processors: Told<ReturnOf<"guest-get-cpustats">> | null;
  readonly disks: Told<ReturnOf<"guest-get-diskstats">> | null;
  readonly interfaces: Told<ReturnOf<"guest-network-get-interfaces">> | null;
  readonly fileSystems: Told<ReturnOf<"guest-get-fsinfo">> | null;
  /** Why something is not told this time, in the agent's words. */
  readonly refusals: readonly string[];
}

/** What an agent has of it, as guest-info says. */
interface Abilities {
  readonly known: ReadonlySet<string>;
  readonly enabled: ReadonlySet<string>;
}

/** Asks one agent again and again, one command at a time. */
export class AgentSampler {
  #abilities: Abilities | null = null;
  #fileSystems: Sample["fileSystems"] = null;

  /** The commands that the agent does not have at all; none before the first sample. */
  get lacking(): readonly Sampled[] {
    const { known } = this.#abilities ?? {};
    return known === undefined ? [] : sampledCommands.filter((name) => !known.has(name));
  }

  /** @throws TransportError, DeadlineError; AgentError when it does not even tell what it can */
  async take(client: AgentClient): Promise<Sample> {
    this.#abilities ??= await abilitiesOf(client);
    const { known, enabled } = this.#abilities;
    const refusals: string[] = [];
    const told = async <T>(name: Sampled, ask: () => Promise<T>): Promise<Told<T> | null> => {
      if (!enabled.has(name)) {
        if (known.has(name)) refusals.push(`${name} is disabled`);
        return null;
      }
      try {
        const value = await ask();
        return { value, atMs: performance.now() };
      } catch (error) {
        if (!(error instanceof AgentError)) throw error;
        refusals.push(`${name}: ${error.message}`);
        return null;
      }
    };
    const summary = await told("__org.guestwire_summary", () =>
      client.call("__org.guestwire_summary"),
    );
    const load =
      summary === null ? await told("guest-get-load", () => client.call("guest-get-load")) : null;
    const processors = await told("guest-get-cpustats", async () =>
      firstOf(await client.call("guest-get-cpustats")),
    );
    const disks = await told("guest-get-diskstats", async () =>
      firstOf(await client.call("guest-get-diskstats")),
    );
    const interfaces = await told("guest-network-get-interfaces", async () =>
      firstOf(await client.call("guest-network-get-interfaces")),
    );
    const ageMs = performance.now() - (this.#fileSystems?.atMs ?? Number.NEGATIVE_INFINITY);
    if (ageMs >= fileSystemsEveryMs) {
      this.#fileSystems = await told("guest-get-fsinfo", async () =>
        firstOf(await client.call("guest-get-fsinfo")),
      );
    }
    // A freeze or a policy takes commands away for a while.
    if (refusals.length > 0) this.#abilities = null;
    return {
      summary,
      load,
      processors,
      disks,
      interfaces,
      fileSystems: this.#fileSystems,
      refusals,
    };
  }
}

async function abilitiesOf(client: AgentClient): Promise<Abilities> {
  const { supported_commands: commands } = await client.call("guest-info");
  return {
    known: new Set<string>(commands.map(({ name }) => name)),
    enabled: new Set<string>(commands.filter((each) => each.enabled).map(({ name }) => name)),
  };
}

function firstOf<Item>(list: readonly Item[]): Item[] {
  return list.slice(0, rowsMax);
}
