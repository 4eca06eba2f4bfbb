import { beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { findKernel, type Kernel, modulesInLoadOrder } from "./kernel.ts";
import { missingForKernel, needs } from "./requirements.ts";

const downloadTimeoutMs = 240_000;
const missing = missingForKernel();

describe.skipIf(missing.length > 0)(`Debian's cloud kernel${needs(missing)}`, () => {
  let kernel: Kernel;

  beforeAll(async () => {
    kernel = await findKernel("cloud-amd64");
  }, downloadTimeoutMs);

  test("has an image and a release", () => {
    expect(existsSync(kernel.image)).toBe(true);
    expect(kernel.release).toMatch(/^\d+\.\d+\..*-cloud-amd64$/);
  });

  test("gives modules after all they depend on, each once", async () => {
    const modules = await modulesInLoadOrder(kernel, ["virtio-pci", "virtio_console"]);
    const names = modules.map(({ fileName }) => fileName);
    const place = (name: string) => names.indexOf(`${name}.ko`);
    expect(place("virtio_ring")).toBe(0);
    expect(place("virtio")).toBeGreaterThan(place("virtio_ring"));
    expect(place("virtio_pci")).toBeGreaterThan(place("virtio"));
    expect(place("virtio_console")).toBeGreaterThan(place("virtio"));
    expect(new Set(names).size).toBe(names.length);
    for (const { data } of modules)
      expect(Buffer.from(data.subarray(0, 4)).toString()).toBe("\x7fELF");
  });

  test("gives nothing for what it has built in", async () => {
    expect(await modulesInLoadOrder(kernel, ["ext4"])).toEqual([]);
  });

  test("says which module it has not", async () => {
    await expect(modulesInLoadOrder(kernel, ["no-such-driver"])).rejects.toThrow(
      `Kernel ${kernel.release} has no module "no_such_driver", needed by the guest`,
    );
  });
});
