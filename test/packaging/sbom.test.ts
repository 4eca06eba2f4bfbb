import { expect, test } from "bun:test";
import { join } from "node:path";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import lock from "../../package-lock.json";
import { bundledPackages } from "../../packaging/bundled.ts";
import { runtimeParts, runtimePolyfills } from "../../packaging/runtime-parts.ts";
import { sbomText } from "../../packaging/sbom.ts";
import { thirdPartyNotice } from "../../packaging/third-party.ts";

interface Sbom {
  readonly serialNumber: string;
  readonly metadata: {
    readonly component: { readonly hashes: unknown; readonly "bom-ref": string };
  };
  readonly components: readonly { readonly name: string; readonly version?: string }[];
  readonly dependencies: readonly {
    readonly ref: string;
    readonly dependsOn?: readonly string[];
  }[];
}

const report = join(import.meta.dirname, "../../dist/guestwire.build.json");
const bundled = bundledPackages(report);
const sha256 = "5f".repeat(32);
const text = sbomText({ target: "arm64", sha256, bundled }, 1_764_111_000);
const sbom = JSON.parse(text) as Sbom;
const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);

test("the bill of materials is CycloneDX by its schema", async () => {
  expect(await validator.validate(text)).toBeNull();
  expect(await validator.validate(text.replace('"application"', '"applicator"'))).not.toBeNull();
});

test("it names the executable by its sum, and bears the time that was given", () => {
  expect(sbom.metadata.component.hashes).toEqual([{ alg: "SHA-256", content: sha256 }]);
  expect(text).toContain('"timestamp": "2025-11-25T22:50:00.000Z"');
});

test("it names what the compiler took from npm, in the versions that are locked", () => {
  const { version } = lock.packages["node_modules/valibot"];
  expect(bundled.map((each) => [each.name, each.version, each.licence])).toEqual([
    ["valibot", version, "MIT"],
  ]);
  const [root] = sbom.dependencies.filter(({ ref }) => ref === sbom.metadata.component["bom-ref"]);
  expect(root?.dependsOn).toEqual([`pkg:npm/bun@${Bun.version}`, `pkg:npm/valibot@${version}`]);
});

test("it names the runtime and what that tells of itself", () => {
  const versions = new Map(sbom.components.map(({ name, version }) => [name, version]));
  expect(versions.get("Bun")).toBe(Bun.version);
  expect(versions.get("WebKit")).toBe(process.versions.webkit);
  expect(versions.get("boringssl")).toBe(process.versions.boringssl);
  expect(versions.get("sqlite")).toBe(process.versions.sqlite);
  expect(versions.get("tinycc")).toBe(process.versions.tinycc);
  expect(versions.has("libuv")).toBe(false);
});

test("every version that the runtime tells is one of a part that is named", () => {
  /** These tell of compatibility, of the compiler that Bun was made by, or of Windows. */
  const noParts = "bun modules napi node openssl typescript unicode uv v8 zig".split(" ");
  const told = Object.entries(process.versions).filter(([name]) => !noParts.includes(name));
  const named = runtimeParts().map(({ version }) => version);
  expect(told.filter(([, version]) => !named.includes(version))).toEqual([]);
  expect(runtimePolyfills().length).toBeGreaterThan(0);
});

test("equal executables have equal bills, others have others", () => {
  expect(sbomText({ target: "arm64", sha256, bundled }, 1_764_111_000)).toBe(text);
  const other = JSON.parse(
    sbomText({ target: "arm64", sha256: "60".repeat(32), bundled }, 0),
  ) as Sbom;
  expect(other.serialNumber).not.toBe(sbom.serialNumber);
});

test("the notice has the licences of what is in the executable", () => {
  const notice = thirdPartyNotice(bundled);
  for (const { name, licenceText } of bundled) {
    expect(notice).toContain(`# ${name} `);
    expect(notice).toContain(licenceText);
  }
  expect(notice).toContain("WebKit");
  expect(notice).toContain("LGPL");
});
