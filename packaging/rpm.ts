/** The package for Fedora, RHEL, SUSE and what is made of them, by rpmbuild. */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { project } from "./folders.ts";
import { layFile, type PackagedFile, type Payload, settleTree } from "./payload.ts";
import { packageVersion, product } from "./product.ts";
import { runTool } from "./tool.ts";
import { wrap } from "./wrap.ts";

const { upstream, revision } = packageVersion;

/** Folders that would be nobody's if they were not this package's. */
const ownFolders = [
  "/etc/qemu",
  `/usr/share/doc/${product.name}`,
  `/usr/share/licenses/${product.name}`,
];

const scripts = ["pre", "post", "preun", "postun"] as const;

/** What decides about the bytes of a package beside its contents. */
const macros: Readonly<Record<string, string>> = {
  // Times, and the name of the machine, would tell one build from another.
  _buildhost: "localhost",
  use_source_date_epoch_as_buildtime: "1",
  clamp_mtime_to_source_date_epoch: "1",
  // RHEL 7 knows nothing newer than xz; see deb.ts about its level and its threads.
  _binary_payload: "w1T2.xzdio",
  // SHA-256, which Debian's rpmbuild has to be told.
  _source_filedigest_algorithm: "8",
  _binary_filedigest_algorithm: "8",
  // What is done to the files by default would strip the executable, whose code lies behind its sections.
  __os_install_post: "%{nil}",
  debug_package: "%{nil}",
  _build_id_links: "none",
};

export function rpmName(architecture: string): string {
  return `${product.name}-${upstream}-${revision}.${architecture}.rpm`;
}

/**
 * @param path of the package
 * @param architecture as Fedora calls it
 * @throws Error when rpmbuild fails
 */
export async function makeRpm(
  payload: Payload,
  path: string,
  architecture: string,
  dateSeconds: number,
): Promise<void> {
  // What rpmbuild leaves lying about.
  const workshop = `${payload.root}.build`;
  mkdirSync(workshop, { recursive: true });
  const licence = `/usr/share/licenses/${product.name}/LICENSE`;
  layFile(payload.root, licence, readFileSync(join(project, "LICENSE")));
  const files: PackagedFile[] = [...payload.files, { path: licence, role: "licence" }];
  settleTree(payload.root, dateSeconds);
  const spec = join(workshop, `${product.name}.spec`);
  await Bun.write(spec, specText({ ...payload, files }, dateSeconds));
  const all = { ...macros, _topdir: workshop, _dbpath: join(workshop, "db") };
  const defines = Object.entries(all).flatMap(([name, value]) => [`--define=${name} ${value}`]);
  await runTool(
    [
      "rpmbuild",
      "-bb",
      `--target=${architecture}-linux`,
      `--buildroot=${join(workshop, "root")}`,
      ...defines,
      spec,
    ],
    { env: { SOURCE_DATE_EPOCH: String(dateSeconds) } },
  );
  renameSync(join(workshop, "RPMS", architecture, rpmName(architecture)), path);
  rmSync(workshop, { recursive: true });
}

function specText({ root, files }: Payload, dateSeconds: number): string {
  const { name, summary, license, maintainer, description } = product;
  return `Name: ${name}
Version: ${upstream}
Release: ${revision}
Summary: ${summary}
License: ${license}
Packager: ${maintainer}
Group: System Environment/Daemons
Conflicts: qemu-guest-agent

%description
${wrap(description, 79).join("\n")}

%install
mkdir -p %{buildroot}
cp -a "${root}/." %{buildroot}

%files
${ownFolders.map((folder) => `%dir ${folder}\n`).join("")}${files.map((file) => fileLine(root, file)).join("")}
%changelog
* ${changelogDate(dateSeconds)} ${maintainer} - ${upstream}-${revision}
- Package ${product.version}; changelog.gz says what is new in it.

${scripts.map((script) => `%${script}\n${scriptText(script)}\n`).join("")}`;
}

/** In UTC, as `Wed Nov 25 2026`. */
function changelogDate(dateSeconds: number): string {
  const [weekday = "", day, month, year] = new Date(dateSeconds * 1000).toUTCString().split(" ");
  return `${weekday.replace(",", "")} ${month} ${day} ${year}`;
}

const directives = {
  config: "%config(noreplace) ",
  documentation: "%doc ",
  licence: "%license ",
} as const;

function fileLine(root: string, { path, role }: PackagedFile): string {
  const mode = (statSync(join(root, path)).mode & 0o7777).toString(8).padStart(4, "0");
  return `%attr(${mode}, root, root) ${role === undefined ? "" : directives[role]}${path}\n`;
}

function scriptText(name: string): string {
  return readFileSync(join(import.meta.dirname, "rpm", name), "utf8");
}
