/** The bill of materials of one executable: CycloneDX 1.6, JSON. */
import { Contrib, Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import maker from "@cyclonedx/cyclonedx-library/package.json";
import { PackageURL } from "packageurl-js";
import parseSpdxExpression from "spdx-expression-parse";
import type { BundledPackage } from "./bundled.ts";
import { product } from "./product.ts";
import { type RuntimePart, runtimeParts, runtimePolyfills } from "./runtime-parts.ts";

export interface Executable {
  readonly target: string;
  /** In hexadecimal digits. */
  readonly sha256: string;
  readonly bundled: readonly BundledPackage[];
}

const spec = Spec.Spec1dot6;
const { Component, ExternalReference, Bom } = Models;
const { ComponentType, ExternalReferenceType, HashAlgorithm } = Enums;
const licences = new Contrib.License.Factories.LicenseFactory(parseSpdxExpression);

/** How Bun's page names licences that SPDX has another name for. */
const spdxIds: Readonly<Record<string, string>> = {
  "Apache 2.0": "Apache-2.0",
  "Apache 2.0 licensed": "Apache-2.0",
  "BSD 2-Clause": "BSD-2-Clause",
  "BSD 3-Clause": "BSD-3-Clause",
  "ICU license": "ICU",
  "LGPL v2.1": "LGPL-2.1-only",
  "LGPL-2": "LGPL-2.0-only",
  "MIT licensed": "MIT",
  zlib: "Zlib",
};

/**
 * Equal for equal executables.
 * @param dateSeconds what it bears as its time
 */
export function sbomText(executable: Executable, dateSeconds: number): string {
  const guestwire = new Component(ComponentType.Application, product.name, {
    bomRef: product.name,
    version: product.version,
    description: product.summary,
  });
  guestwire.licenses.add(licences.makeFromString(product.license));
  guestwire.hashes.set(HashAlgorithm["SHA-256"], executable.sha256);
  guestwire.properties.add(new Models.Property("guestwire:target", executable.target));

  const bom = new Bom({
    // One of its own for each executable, and always the same for it.
    serialNumber: `urn:uuid:${Bun.randomUUIDv5(executable.sha256, "oid")}`,
  });
  bom.metadata.component = guestwire;
  bom.metadata.timestamp = new Date(dateSeconds * 1000);
  bom.metadata.lifecycles.add(Enums.LifecyclePhase.Build);
  bom.metadata.tools.components.add(
    new Component(ComponentType.Library, maker.name, { version: maker.version }),
  );

  const runtime = runtimeComponent();
  for (const part of runtimeParts()) addPart(bom, runtime, nativePart(part));
  for (const part of runtimePolyfills()) addPart(bom, runtime, npmPart(part));
  addPart(bom, guestwire, runtime);
  for (const each of executable.bundled) addPart(bom, guestwire, bundledComponent(each));

  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(spec));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function addPart(bom: Models.Bom, whole: Models.Component, part: Models.Component): void {
  whole.dependencies.add(part.bomRef);
  bom.components.add(part);
}

function bundledComponent({ name, version, licence, homepage }: BundledPackage): Models.Component {
  return libraryComponent(name, npmUrl(name, version), licence, version, homepage);
}

function runtimeComponent(): Models.Component {
  const purl = npmUrl("bun", Bun.version);
  const runtime = new Component(ComponentType.Platform, "Bun", {
    bomRef: purl,
    purl,
    version: Bun.version,
    description: "JavaScript runtime that is part of the executable",
  });
  runtime.licenses.add(licences.makeFromString("MIT"));
  runtime.externalReferences.add(
    new ExternalReference("https://github.com/oven-sh/bun", ExternalReferenceType.VCS),
  );
  runtime.properties.add(new Models.Property("guestwire:commit", Bun.revision));
  return runtime;
}

function nativePart({ name, url, licence, version }: RuntimePart): Models.Component {
  return libraryComponent(name, genericUrl(name, version), licence, version, url);
}

/** Which version Bun took is not told anywhere. */
function npmPart({ name, url, licence }: RuntimePart): Models.Component {
  return libraryComponent(name, npmUrl(name), licence, undefined, url);
}

function libraryComponent(
  name: string,
  purl: string,
  licence: string,
  version: string | undefined,
  url: string | undefined,
): Models.Component {
  const component = new Component(ComponentType.Library, name, {
    bomRef: purl,
    purl,
    ...(version === undefined ? {} : { version }),
  });
  component.licenses.add(licences.makeFromString(spdxIds[licence] ?? licence));
  if (url !== undefined) {
    component.externalReferences.add(new ExternalReference(url, ExternalReferenceType.Website));
  }
  return component;
}

function npmUrl(name: string, version?: string): string {
  return new PackageURL("npm", undefined, name, version).toString();
}

function genericUrl(name: string, version?: string): string {
  return new PackageURL("generic", undefined, name, version).toString();
}
