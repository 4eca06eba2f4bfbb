#!/usr/bin/env bun
/**
 * Stands in for virsh, as libvirt 9.0 talks: knows the domains of FAKE_DOMAINS (`name=socket`, with colons between) and
 * passes agent commands on to their sockets; those of FAKE_STOPPED do not run. Each call's arguments are a line of JSON in FAKE_VIRSH_LOG.
 */
import { appendFileSync } from "node:fs";
import { AgentClient } from "../../src/client/agent-client.ts";
import { AgentError, DeadlineError, TransportError } from "../../src/client/errors.ts";
import { type PlainJson, toJsonText, toPlain } from "../../src/client/json.ts";
import { readText } from "../../src/client/read-text.ts";

const args = process.argv.slice(2);
const { FAKE_VIRSH_LOG: log, FAKE_DOMAINS: domains = "", FAKE_STOPPED: stopped = "" } = process.env;
if (log !== undefined) appendFileSync(log, `${JSON.stringify(args)}\n`);

function fail(message: string): never {
  process.stderr.write(`error: ${message}\n`);
  process.exit(1);
}

const known = new Map(domains.split(":").map((pair) => pair.split("=") as [string, string]));

if (args.includes("list")) {
  const listed = [...known.keys()].filter(
    (each) => args.includes("--all") || !stopped.split(":").includes(each),
  );
  process.stdout.write(`${listed.join("\n")}\n\n`);
  process.exit(0);
}

const name = args.find((arg) => arg.startsWith("--domain="))?.slice("--domain=".length) ?? "";
const socket = known.get(name) ?? fail(`failed to get domain '${name}'`);

if (args.includes("domstate")) {
  process.stdout.write("running\n\n");
} else {
  const { execute, arguments: given } = toPlain(readText(Buffer.from(args.at(-1) ?? ""))) as {
    execute: string;
    arguments?: PlainJson;
  };
  try {
    using client = await AgentClient.connect(socket);
    const returned = await client.request(execute, given === undefined ? given : toJsonText(given));
    process.stdout.write(`{"return":${toJsonText(toPlain(returned))}}\n\n`);
  } catch (error) {
    if (error instanceof AgentError) {
      fail(`internal error: unable to execute QEMU agent command '${execute}': ${error.message}\n`);
    }
    if (!(error instanceof TransportError || error instanceof DeadlineError)) throw error;
    fail("Guest agent is not responding: QEMU guest agent is not connected\n");
  }
}
