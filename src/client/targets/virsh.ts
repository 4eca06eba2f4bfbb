import { AbsentError, AgentError, DeadlineError, TransportError } from "../errors.ts";
import type { Exchange, Link, RequestText } from "../link.ts";
import { type Ended, runBounded } from "./run-bounded.ts";

const program = "virsh";

/** The kernel's MAX_ARG_STRLEN less its NUL: the request is one argument. */
const requestBytesMax = 32 * 4096 - 1;

/** QEMU_AGENT_MAX_RESPONSE: libvirt drops an agent that says more. */
const replyBytesMax = 10 * 1024 * 1024;

/** libvirt gives up by itself soon after us: an agent that it waits for is reached by nobody else. */
const libvirtLaterSeconds = 1;

/** A program is started, and gets in touch with a daemon that may be far away. */
const costMs = 200;

/** What virsh may print: a reply, a newline behind it, and some. */
const printedBytesMax = replyBytesMax + 4096;

/** Where virsh finds the machine. */
export interface Domain {
  /** Null for virsh's own default. */
  readonly uri: string | null;
  readonly domain: string;
}

/** The agent of a domain of libvirt's, which does the handshake itself. One run of virsh is one request. */
export class VirshLink implements Link {
  readonly requestBytesMax = requestBytesMax;
  readonly costMs = costMs;
  /** Another run of virsh would wait for this one, and may have its turn in any order. */
  readonly takesAhead = false;
  readonly #domain: Domain;

  constructor(domain: Domain) {
    this.#domain = domain;
  }

  async exchange<Reply>(
    request: RequestText,
    { deadline, timeoutMs, success, read }: Exchange<Reply>,
  ): Promise<Reply | null> {
    const ended = await runVirsh(
      this.#domain,
      [
        "qemu-agent-command",
        `--domain=${this.#domain.domain}`,
        `--timeout=${Math.ceil(timeoutMs / 1000) + libvirtLaterSeconds}`,
        "--",
        typeof request === "string" ? request : Buffer.concat(request).toString(),
      ],
      deadline,
    );
    if (ended === null) {
      if (success === "none") return null;
      throw new DeadlineError("The agent did not answer in time");
    }
    if (ended.status === 0) return read(ended.stdout);
    const failure = failureOf(ended.stderr);
    // libvirt waits for a reply to each command: a guest that goes away says so this way.
    if (success === "none" && !(failure instanceof AgentError) && isGone(ended.stderr)) return null;
    throw failure;
  }

  close(): void {
    // Each run of virsh has ended with its exchange.
  }
}

/** What virsh says of the domain, such as "running". @throws TransportError with virsh's words */
export async function domainState(domain: Domain, deadline: AbortSignal): Promise<string> {
  const ended = await runVirsh(domain, ["domstate", `--domain=${domain.domain}`], deadline);
  if (ended === null) throw new DeadlineError("virsh did not answer in time");
  if (ended.status !== 0) throw failureOf(ended.stderr);
  return Buffer.from(ended.stdout).toString().trim();
}

/**
 * The names of domains.
 * @param isAll also of those that do not run
 * @throws TransportError with virsh's words; DeadlineError
 */
export async function domainNames(
  uri: string | null,
  isAll: boolean,
  deadline: AbortSignal,
): Promise<string[]> {
  const ended = await runVirsh({ uri }, ["list", "--name", ...(isAll ? ["--all"] : [])], deadline);
  if (ended === null) throw new DeadlineError("virsh did not answer in time");
  if (ended.status !== 0) throw failureOf(ended.stderr);
  return Buffer.from(ended.stdout)
    .toString()
    .split("\n")
    .filter((name) => name !== "");
}

/** Null when the deadline came first. */
async function runVirsh(
  { uri }: Pick<Domain, "uri">,
  args: readonly string[],
  deadline: AbortSignal,
): Promise<Ended | null> {
  const connection = uri === null ? [] : [`--connect=${uri}`];
  return runBounded([program, ...connection, ...args], {
    // Its words are read here.
    environment: { LC_ALL: "C" },
    outputBytesMax: printedBytesMax,
    deadline,
  });
}

/** libvirt's words for an agent's error; its class is not in them. */
const refusal = /unable to execute QEMU agent command '[^']*': (.*)/s;
const notFound = /^(?:The c|C)ommand \S+ has (?:not been found|been disabled)/;

/** libvirt's words for having asked the agent nothing. */
const absent =
  /agent is not (?:connected|configured)|agent not available|respond to sync|domain is not running|failed to (?:get domain|connect to)/i;

function failureOf(stderr: string): Error {
  const said = stderr
    .replaceAll(/^error: ?/gm, "")
    .trim()
    .split(/\s*\n\s*/)
    .join(": ");
  const desc = refusal.exec(said)?.[1];
  if (desc !== undefined) {
    return new AgentError(notFound.test(desc) ? "CommandNotFound" : "GenericError", desc);
  }
  const message = `virsh: ${said === "" ? "failed without a word" : said}`;
  return absent.test(stderr) ? new AbsentError(message) : new TransportError(message);
}

function isGone(stderr: string): boolean {
  return /not responding|not connected|timed out|disconnected|monitor|not running/i.test(stderr);
}
