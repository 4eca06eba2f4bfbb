/** The package for Debian and what is made of it, by dpkg-deb. */
import { chmodSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { project } from "./folders.ts";
import { gzip } from "./gzip.ts";
import { layFile, type Payload, settleTree } from "./payload.ts";
import { packageVersion, product } from "./product.ts";
import { runTool } from "./tool.ts";
import { wrap } from "./wrap.ts";

/**
 * xz, since dpkg before 1.21.18 knows nothing newer. Its higher levels take six times as long to save a tenth of the size.
 * The number of threads is fixed because what comes out must not depend on the machine.
 */
const compression = ["-Zxz", "-z1", "--threads-max=2"];

const scripts = ["preinst", "postinst", "prerm", "postrm"] as const;
const version = `${packageVersion.upstream}-${packageVersion.revision}`;

/** That of the newest symbol that the executable asks its libraries for. */
const glibcVersion = "2.17";

export function debName(architecture: string): string {
  return `${product.name}_${version}_${architecture}.deb`;
}

/**
 * Adds what Debian wants in a package to the payload, and packs it.
 * @param path of the package
 * @param architecture as Debian calls it
 * @throws Error when dpkg-deb fails
 */
export async function makeDeb(
  { root, files }: Payload,
  path: string,
  architecture: string,
  dateSeconds: number,
): Promise<void> {
  const documents = `/usr/share/doc/${product.name}`;
  layFile(root, `${documents}/changelog.Debian.gz`, gzip(changelog(dateSeconds)));
  layFile(root, `${documents}/copyright`, copyright());
  const overrides = readFileSync(join(import.meta.dirname, "deb/lintian-overrides"));
  layFile(root, `/usr/share/lintian/overrides/${product.name}`, overrides);

  const installedKib = Math.ceil(bytesIn(root) / 1024);
  const configs = files.filter(({ role }) => role === "config");
  layFile(root, "/DEBIAN/md5sums", md5sums(root, new Set(configs.map((file) => file.path))));
  layFile(root, "/DEBIAN/control", control(architecture, installedKib));
  layFile(root, "/DEBIAN/conffiles", configs.map((file) => `${file.path}\n`).join(""));
  for (const name of scripts) {
    layFile(root, `/DEBIAN/${name}`, readFileSync(join(import.meta.dirname, "deb", name)));
    chmodSync(join(root, "DEBIAN", name), 0o755);
  }
  settleTree(root, dateSeconds);
  await runTool(["dpkg-deb", "--root-owner-group", ...compression, "--build", root, path], {
    env: { SOURCE_DATE_EPOCH: String(dateSeconds) },
  });
}

function control(architecture: string, installedKib: number): string {
  const { name, maintainer, summary, description } = product;
  return `Package: ${name}
Version: ${version}
Architecture: ${architecture}
Maintainer: ${maintainer}
Installed-Size: ${installedKib}
Pre-Depends: init-system-helpers (>= 1.54~)
Depends: libc6 (>= ${glibcVersion})
Conflicts: qemu-guest-agent
Replaces: qemu-guest-agent
Section: otherosfs
Priority: optional
Multi-Arch: foreign
Description: ${summary}
${wrap(description, 78)
  .map((line) => ` ${line}\n`)
  .join("")}`;
}

/** The package's own; what is new in guestwire stands in changelog.gz. */
function changelog(dateSeconds: number): string {
  // RFC 5322, in UTC: what toUTCString() writes but for the name of the time zone.
  const date = new Date(dateSeconds * 1000).toUTCString().replace("GMT", "+0000");
  return `${product.name} (${version}) unstable; urgency=medium

  * Package ${product.version}; changelog.gz says what is new in it.

 -- ${product.maintainer}  ${date}
`;
}

function copyright(): string {
  return `This is ${product.name}, packaged by its authors from its own sources.

${readFileSync(join(project, "LICENSE"), "utf8")}
The executable contains works of others, which third-party.md in this folder lists with
their licences. Among them are WebKit (the GNU Library General Public License, version 2)
and TinyCC (the GNU Lesser General Public License, version 2.1), whose texts are in
/usr/share/common-licenses/LGPL-2 and /usr/share/common-licenses/LGPL-2.1.
`;
}

function* filesIn(folder: string, inside = ""): Generator<string> {
  for (const entry of readdirSync(join(folder, inside), { withFileTypes: true })) {
    const path = inside === "" ? entry.name : `${inside}/${entry.name}`;
    if (entry.isDirectory()) yield* filesIn(folder, path);
    else yield path;
  }
}

function bytesIn(root: string): number {
  return [...filesIn(root)].reduce((sum, path) => sum + statSync(join(root, path)).size, 0);
}

/** See deb-md5sums(5). */
function md5sums(root: string, left: ReadonlySet<string>): string {
  return [...filesIn(root)]
    .filter((path) => !left.has(`/${path}`))
    .sort()
    .map((path) => {
      const sum = new Bun.CryptoHasher("md5").update(readFileSync(join(root, path))).digest("hex");
      return `${sum}  ${path}\n`;
    })
    .join("");
}
