import type { Command } from "../../src/commands/command.ts";
import { allCommands } from "../../src/commands/registry.ts";
import { argumentsText, type Given } from "./arguments.ts";
import { blank, quoted } from "./json-text.ts";
import type { Random } from "./random.ts";

/** Of every thousand. What takes milliseconds is rare, so that there are many of all. */
const weights: Readonly<Record<string, number>> = {
  "guest-exec": 1,
  "guest-exec-status": 20,
  "guest-get-memory-blocks": 1,
  "guest-get-fsinfo": 3,
  "guest-get-disks": 3,
  "guest-get-users": 3,
  "guest-network-get-interfaces": 3,
  "guest-network-get-route": 3,
  "guest-info": 5,
  "guest-fsfreeze-freeze": 1,
  "guest-fsfreeze-freeze-list": 1,
  "guest-set-time": 1,
  "guest-set-user-password": 1,
  "guest-fstrim": 1,
  // Start processes, or wait.
  "guest-fsfreeze-thaw": 4,
  "guest-ssh-get-authorized-keys": 1,
  "guest-ssh-add-authorized-keys": 1,
  "guest-ssh-remove-authorized-keys": 1,
  "__org.guestwire_exec-start": 1,
  "__org.guestwire_exec-read": 3,
  "__org.guestwire_file-hash": 1,
  "__org.guestwire_file-sync": 1,
  "__org.guestwire_summary": 1,
  "guest-get-osinfo": 5,
};
const weightDefault = 20;
const unknownNames = ["guest-nope", "", "guest-ping ", "GUEST-PING", "__proto__", "constructor"];

/** One request of a stream in which every text is a JSON object with an `id` of its own. */
export interface FuzzedRequest {
  readonly command: string;
  readonly id: number;
  /** One character a byte. */
  readonly text: string;
}

export const allNames: ReadonlySet<string> = new Set(allCommands().map(({ name }) => name));

/** Makes requests that are whole as JSON; what is wrong is the command or its arguments. */
export class RequestSource {
  readonly #random: Random;
  readonly #wheel: readonly Command[];

  /** @param names what is asked for */
  constructor(random: Random, names: ReadonlySet<string>) {
    this.#random = random;
    this.#wheel = allCommands()
      .filter(({ name }) => names.has(name))
      .flatMap((command) => Array(weights[command.name] ?? weightDefault).fill(command));
  }

  next(id: number, given: Given): FuzzedRequest {
    const random = this.#random;
    const command = random.pick(this.#wheel);
    const name = random.chance(64) ? random.pick(unknownNames) : command.name;
    const args = argumentsText(command, given, random);
    const members = [`"execute"${blank(random)}:${blank(random)}${quoted(random, name)}`];
    if (args !== null) members.push(`"arguments":${args}`);
    // A control member is refused by name; the id comes back all the same.
    if (random.chance(64)) members.push('"control":{}');
    members.splice(random.below(members.length + 1), 0, `"id":${id}`);
    return { command: name, id, text: `{${members.join()}}${blank(random)}` };
  }
}
