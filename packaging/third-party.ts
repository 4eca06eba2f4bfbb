/** The notices that whoever hands the executable or the library on has to hand on with it. */
import type { BundledPackage } from "./bundled.ts";
import { runtimeLicencePage } from "./runtime-parts.ts";

/** The same for the library. */
export function libraryNotice(bundled: readonly BundledPackage[]): string {
  return `The library contains what follows; guestwire itself is under the MIT License.

${licences(bundled)}`;
}

function licences(bundled: readonly BundledPackage[]): string {
  return bundled
    .map(({ name, version, licenceText }) => `# ${name} ${version}\n\n${licenceText}\n`)
    .join("\n");
}

/** A page in Markdown. */
export function thirdPartyNotice(bundled: readonly BundledPackage[]): string {
  return `The guestwire executable contains what follows; guestwire itself is under the MIT License.

${licences(bundled)}
# Bun ${Bun.version}

The runtime that is part of the executable, unchanged, as its makers publish it. This is their page about it.

${runtimeLicencePage()}
`;
}
