/** The notice that whoever hands the executable on has to hand on with it. */
import type { BundledPackage } from "./bundled.ts";
import { runtimeLicencePage } from "./runtime-parts.ts";

/** A page in Markdown. */
export function thirdPartyNotice(bundled: readonly BundledPackage[]): string {
  const packages = bundled.map(
    ({ name, version, licenceText }) => `# ${name} ${version}\n\n${licenceText}\n`,
  );
  return `The guestwire executable contains what follows; guestwire itself is under the MIT License.

${packages.join("\n")}
# Bun ${Bun.version}

The runtime that is part of the executable, unchanged, as its makers publish it. This is their page about it.

${runtimeLicencePage()}
`;
}
