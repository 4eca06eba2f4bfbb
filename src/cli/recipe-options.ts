/** The command lines of `guestwire cloud-init` and `guestwire snippet`. */
import { recipes } from "../install/recipes/all.ts";
import { type GuestSource, isLabel, isPlainPath } from "../install/recipes/recipe.ts";
import { readProfile } from "./install-options.ts";

const seedLabelDefault = "cidata";
const urlCharactersMax = 2048;
const nameColumns = Math.max(...recipes.map(({ name }) => name.length)) + 2;

const commonUsage = `  --sha256 HEX        that of the executable; otherwise it is taken from FILE, or from this executable
  --binary FILE       the executable that is installed, such as one for another machine
  --profile NAME      with a policy to begin with, see guestwire install
  --replace-qemu-ga   have it take the place of the qemu-guest-agent package

Exit codes: 0 done, 1 not done, 2 wrong use.
`;

export const cloudInitUsage = `Usage: guestwire cloud-init --url URL [OPTION]...
       guestwire cloud-init --seed [OPTION]...

Prints the user-data with which cloud-init makes this executable the guest agent at the first boot. Its SHA-256 is checked
before it runs; a failure is told in the log and by \`cloud-init status\`. Later boots change nothing.

  --url URL           where the guest downloads it from (http or https)
  --seed              the guest takes it from a disk that has it as \`guestwire\`, without network
  --label LABEL       the label of that disk (${seedLabelDefault}: the one that the user-data is on)
${commonUsage}`;

export const snippetUsage = `Usage: guestwire snippet NAME [OPTION]...
       guestwire snippet

Prints what makes this executable the guest agent in images that another tool builds; without a name, which there are.

${recipes.map(({ name, summary }) => `  ${name.padEnd(nameColumns)}${summary}\n`).join("")}
  --url URL           where the guest downloads it from, if it does so itself (proxmox)
  --label LABEL       or the label of a disk that has it as \`guestwire\`
${commonUsage}`;

export interface RecipeCall {
  /** Null: it is taken from the executable. */
  readonly sha256: string | null;
  /** Null: this executable. */
  readonly binary: string | null;
  readonly source: GuestSource | null;
  readonly replacesQemuGa: boolean;
  readonly profile: string | undefined;
}

export interface CloudInitCall extends RecipeCall {
  readonly source: GuestSource;
}

export interface SnippetCall extends RecipeCall {
  readonly name: string;
}

const options = {
  url: { type: "string" },
  label: { type: "string" },
  sha256: { type: "string" },
  binary: { type: "string" },
  "replace-qemu-ga": { type: "boolean", default: false },
  profile: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

interface Values {
  readonly url?: string | undefined;
  readonly label?: string | undefined;
  readonly sha256?: string | undefined;
  readonly binary?: string | undefined;
  readonly "replace-qemu-ga": boolean;
  readonly profile?: string | undefined;
}

/** @throws Error that says what is wrong */
export function readCloudInitCall(args: readonly string[]): CloudInitCall | "help" {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { values } = parseArgs({
    args: [...args],
    options: { ...options, seed: { type: "boolean", default: false } },
  });
  if (values.help === true) return "help";
  const label = values.seed ? (values.label ?? seedLabelDefault) : values.label;
  const call = checked({ ...values, label });
  const { source } = call;
  if (source === null) throw new Error("give --url or --seed: the guest has to get it somewhere");
  return { ...call, source };
}

/** @throws Error that says what is wrong */
export function readSnippetCall(args: readonly string[]): SnippetCall | "help" | "list" {
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options,
  });
  if (values.help === true) return "help";
  const [name, ...more] = positionals;
  if (name === undefined) {
    if (args.length > 0) throw new Error("give the name of a snippet");
    return "list";
  }
  if (more.length > 0) throw new Error("give one name");
  return { ...checked(values), name };
}

function checked(values: Values): RecipeCall {
  const { binary, sha256, url, label } = values;
  if (sha256 !== undefined && binary !== undefined) {
    throw new Error("give --sha256 or --binary: one of them says what the sum is");
  }
  if (binary !== undefined && !isPlainPath(binary)) {
    throw new Error(
      "--binary takes a path of letters, digits and ._/+=@- (not first): recipes are in languages that quote differently",
    );
  }
  if (url !== undefined && label !== undefined) {
    throw new Error("give one place that the guest gets it from: a URL or a disk");
  }
  return {
    sha256: sha256 === undefined ? null : checkedSum(sha256),
    binary: binary ?? null,
    source: url === undefined ? diskOf(label) : { kind: "download", url: checkedUrl(url) },
    replacesQemuGa: values["replace-qemu-ga"],
    profile: readProfile(values.profile) ?? undefined,
  };
}

function checkedSum(sum: string): string {
  if (!/^[0-9a-f]{64}$/i.test(sum)) throw new Error("--sha256 takes 64 hexadecimal digits");
  return sum.toLowerCase();
}

function diskOf(label: string | undefined): GuestSource | null {
  if (label === undefined) return null;
  if (!isLabel(label)) {
    throw new Error("--label takes up to 32 letters, digits and _.- (the last two not first)");
  }
  return { kind: "disk", label };
}

function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new Error(`--url takes an http or https URL, not "${text}"`);
  }
  // What is left out of it by URL.href, such as line breaks, was not meant.
  if (/[\0-\x20\x7f]/.test(text) || url.href.length > urlCharactersMax) {
    throw new Error(`--url takes up to ${urlCharactersMax} characters without blanks`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new Error(
      "--url takes no user and password: not every program that downloads can use them",
    );
  }
  return url.href;
}
