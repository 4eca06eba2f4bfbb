/** What `import "guestwire"` is: the library in one file for Node and Bun, and its types. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { BunPlugin } from "bun";
import { API, NodeBuilderFlags } from "typescript/unstable/async";
import { allCommands } from "../src/commands/registry.ts";
import { packagesOf } from "./bundled.ts";
import { project } from "./folders.ts";
import { libraryNotice } from "./third-party.ts";
import { runTool } from "./tool.ts";

/** In the package. */
export const libraryFile = "lib/index.js";
export const libraryTypesFile = "lib/library/index.d.ts";

const entry = join(project, "src/library/index.ts");
const commandsSource = join(project, "src/library/commands.ts");

/** Puts the library and its types into a package's folder. @throws Error when a tool fails */
export async function writeLibrary(folder: string): Promise<void> {
  mkdirSync(join(folder, dirname(libraryTypesFile)), { recursive: true });
  const { code, sources } = await built();
  writeFileSync(join(folder, libraryFile), code);
  writeFileSync(join(folder, "lib/third-party.md"), libraryNotice(packagesOf(sources)));
  await writeTypes(folder);
}

/** What only guests do: a client takes the commands' names and schemas, and none of their work. */
const guestRooms = [join(project, "native/"), join(project, "src/linux/")];

const withoutGuest: BunPlugin = {
  name: "without what only guests do",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^bun:ffi$/ }, ({ path }) => ({ path, namespace: "guest" }));
    onLoad({ filter: /\.ts$/ }, ({ path }) =>
      guestRooms.some((room) => path.startsWith(room))
        ? { contents: stub, loader: "js" }
        : undefined,
    );
    onLoad({ filter: /\/targets\/vsock\.ts$/ }, () => ({ contents: noVsock, loader: "js" }));
    onLoad({ filter: /.*/, namespace: "guest" }, () => ({ contents: stub, loader: "js" }));
  },
};

/** A module of the old kind, since those may be asked for any name. */
const stub = `
module.exports = new Proxy({}, {
  get: (_, name) => name === "__esModule" ? true : class { constructor() { throw new Error("only in a guest"); } },
});
`;

const noVsock = `
import { TransportError } from "../errors.ts";
export function vsockLine() {
  throw new TransportError("vsock targets need the executable: guestwire call vsock:CID:PORT");
}
`;

async function built(): Promise<{ readonly code: string; readonly sources: readonly string[] }> {
  const { outputs, metafile } = await Bun.build({
    entrypoints: [entry],
    target: "node",
    plugins: [withoutGuest],
    metafile: true,
    // Takes out the comments that tell paths, which are seen from wherever this is called.
    minify: { whitespace: true, syntax: true },
  });
  const [code] = outputs;
  if (code === undefined || metafile === undefined) {
    throw new Error("The library came to nothing");
  }
  return { code: await code.text(), sources: Object.keys(metafile.inputs) };
}

/** The declarations that the entry's lead to; those of the commands are written out. */
async function writeTypes(folder: string): Promise<void> {
  const workshop = join(folder, ".types");
  const options = [
    "--declaration",
    "--stripInternal",
    "--emitDeclarationOnly",
    "--noEmit",
    "false",
  ];
  const places = ["--rootDir", project, "--outDir", workshop];
  await runTool(["npx", "tsc", "--project", "tsconfig.json", ...options, ...places], {
    cwd: project,
  });
  const waiting = [entry];
  const seen = new Set(waiting);
  for (const source of waiting) {
    const text =
      source === commandsSource ? await commandTypes() : declarationsOf(workshop, source);
    for (const [, path = ""] of text.matchAll(/from "(\.[^"]+)"/g)) {
      const next = join(dirname(source), path);
      if (!seen.has(next)) waiting.push(next);
      seen.add(next);
    }
    const target = join(folder, "lib", relative(join(project, "src"), declaration(source)));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text.replaceAll(/(from "\.[^"]+)\.ts"/g, '$1.js"'));
  }
  rmSync(workshop, { recursive: true });
}

function declarationsOf(workshop: string, source: string): string {
  return readFileSync(join(workshop, declaration(relative(project, source))), "utf8");
}

function declaration(path: string): string {
  return path.replace(/\.ts$/, ".d.ts");
}

/** The interface of every command, as the compiler sees it in the registry. */
export async function commandTypes(): Promise<string> {
  const api = new API({ cwd: project });
  try {
    const config = join(project, "tsconfig.json");
    const snapshot = await api.updateSnapshot({ openProjects: [config] });
    const checker = snapshot.getProject(config)?.checker;
    const at = readFileSync(commandsSource, "utf8").indexOf("Commands =");
    const symbol = await checker?.getSymbolAtPosition(commandsSource, at);
    if (checker === undefined || symbol === undefined) throw new Error("No type of commands");
    const docs = new Map<string, string>(allCommands().map(({ name, doc }) => [name, doc]));
    const commands = await checker.getPropertiesOfType(
      await checker.getDeclaredTypeOfSymbol(symbol),
    );
    const members = await Promise.all(
      commands.map(async (command) => {
        const type = await checker.getTypeOfSymbol(command);
        if (type === undefined) throw new Error(`No type of ${command.name}`);
        const { NoTruncation, InTypeAlias } = NodeBuilderFlags;
        const text = await checker.typeToString(type, undefined, NoTruncation | InTypeAlias);
        return `  /** ${docs.get(command.name)} */\n  "${command.name}": ${text};\n`;
      }),
    );
    return `/** Every command with what it takes and what it returns. */\nexport interface Commands {\n${members.join("")}}\n`;
  } finally {
    await api.close();
  }
}
