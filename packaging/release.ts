/** Everything that is handed out, in one folder. */
import { linkSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildReportName, type Target } from "../build.ts";
import { bundledPackages } from "./bundled.ts";
import { debName, makeDeb } from "./deb.ts";
import { dist, project, release } from "./folders.ts";
import { packExecutable, packLauncher } from "./npm.ts";
import { type Platform, platforms } from "./platforms.ts";
import { makeRpm, rpmName } from "./rpm.ts";
import { sbomText } from "./sbom.ts";
import { type Documents, stagePayload } from "./stage.ts";
import { sha256, writeAllSums } from "./sums.ts";
import { thirdPartyNotice } from "./third-party.ts";
import { runTool } from "./tool.ts";

const workshop = join(dist, ".package");

/**
 * Builds the targets and makes of each what there is for it, and the npm package with the launcher.
 * @param dateSeconds the time that everything bears
 * @throws Error when something is missing or fails; the folder is not to be used then
 */
export async function makeRelease(targets: readonly Target[], dateSeconds: number): Promise<void> {
  for (const folder of [release, workshop]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(release, { recursive: true });
  await runTool([process.execPath, join(project, "build.ts"), ...targets]);
  for (const target of targets) await releaseTarget(target, dateSeconds);
  await packLauncher(join(workshop, "npm"), release);
  rmSync(workshop, { recursive: true });
  await writeAllSums(release);
}

async function releaseTarget(target: Target, dateSeconds: number): Promise<void> {
  const name = `guestwire-${target}`;
  const executable = join(dist, name);
  linkSync(executable, join(release, name));
  const bundled = bundledPackages(join(dist, buildReportName(name)));
  const documents: Documents = {
    notice: thirdPartyNotice(bundled),
    sbom: sbomText({ target, sha256: await sha256(executable), bundled }, dateSeconds),
  };
  await Bun.write(join(release, `${name}.cdx.json`), documents.sbom);
  const platform: Platform | undefined = platforms.find((each) => each.target === target);
  if (platform === undefined) return;
  const npmFolder = join(workshop, `npm-${target}`);
  await packExecutable(npmFolder, release, platform, executable, documents.notice);
  if (platform.packages === undefined) return;
  const { debian, fedora } = platform.packages;
  const forDebian = await stagePayload(join(workshop, "deb"), executable, documents);
  await makeDeb(forDebian, join(release, debName(debian)), debian, dateSeconds);
  const forFedora = await stagePayload(join(workshop, "rpm"), executable, documents);
  await makeRpm(forFedora, join(release, rpmName(fedora)), fedora, dateSeconds);
}
