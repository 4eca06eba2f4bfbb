import { describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { thawOrder } from "../../src/linux/freeze-order.ts";
import { mountTable } from "../../src/linux/mounts.ts";
import { Scratch } from "../agent/scratch.ts";

/** A recorded guest: its mounts, and what sysfs says about the devices below them. */
class Guest implements Disposable {
  readonly #scratch = new Scratch();
  #mounts = "";

  /** In the order given; a device `major:minor` or null for a file system without one. */
  mount(mountPoint: string, device: string | null, type = "ext4"): this {
    this.#mounts += `30 1 ${device ?? "0:50"} / ${mountPoint} rw shared:1 - ${type} /dev/x rw\n`;
    return this;
  }

  /** A device in /sys/devices, with the link to it by number. */
  device(path: string, number: string, attributes: Readonly<Record<string, string>> = {}): this {
    const folder = this.#scratch.file(`sys/devices/${path}`);
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(attributes)) {
      mkdirSync(join(folder, name, ".."), { recursive: true });
      writeFileSync(join(folder, name), `${text}\n`);
    }
    const links = this.#scratch.file("sys/dev/block");
    mkdirSync(links, { recursive: true });
    symlinkSync(`../../devices/${path}`, join(links, number));
    return this;
  }

  loop(number: number, file: string): this {
    return this.device(`virtual/block/loop${number}`, `7:${number}`, { "loop/backing_file": file });
  }

  /** Made of others, given as paths in /sys/devices. */
  stacked(path: string, number: string, slaves: readonly string[]): this {
    this.device(path, number);
    const folder = this.#scratch.file(`sys/devices/${path}/slaves`);
    mkdirSync(folder, { recursive: true });
    for (const slave of slaves) {
      const target = relative(folder, this.#scratch.file(`sys/devices/${slave}`));
      symlinkSync(target, join(folder, basename(slave)));
    }
    return this;
  }

  order(): string[] {
    mkdirSync(this.#scratch.file("proc/self"), { recursive: true });
    writeFileSync(this.#scratch.file("proc/self/mountinfo"), this.#mounts);
    const root = this.#scratch.path;
    return thawOrder(mountTable(root), root).map(({ mountPoint }) => mountPoint);
  }

  [Symbol.dispose](): void {
    this.#scratch[Symbol.dispose]();
  }
}

describe("the order of thawing", () => {
  test("is that of mounting where nothing lies on another file system", () => {
    using guest = new Guest();
    guest.mount("/", "8:1").mount("/proc", null, "proc").mount("/home", "8:2").mount("/a", "8:3");
    guest.device("pci/sda/sda1", "8:1", { partition: "1" });
    expect(guest.order()).toEqual(["/", "/home", "/a"]);
  });

  test("puts the file system of an image before what is in the image", () => {
    using guest = new Guest();
    guest.mount("/", "8:1").mount("/loop", "7:0").mount("/data", "8:2").loop(0, "/data/images/a");
    expect(guest.order()).toEqual(["/", "/data", "/loop"]);
  });

  test("follows images in images", () => {
    using guest = new Guest();
    guest.mount("/inner", "7:1").mount("/outer", "7:0").mount("/data", "8:2");
    guest.loop(0, "/data/outer.img").loop(1, "/outer/inner.img");
    expect(guest.order()).toEqual(["/data", "/outer", "/inner"]);
  });

  test("looks through partitions, device-mapper and md", () => {
    using guest = new Guest();
    guest.mount("/lv", "253:1").mount("/part", "259:0").mount("/a", "8:1").mount("/b", "8:2");
    guest.loop(0, "/a/0.img").loop(1, "/b/1.img");
    guest.device("virtual/block/loop1/loop1p1", "259:0", { partition: "1" });
    guest.stacked("virtual/block/md0", "9:0", ["virtual/block/loop0"]);
    guest.stacked("virtual/block/dm-1", "253:1", ["virtual/block/md0"]);
    expect(guest.order()).toEqual(["/a", "/lv", "/b", "/part"]);
  });

  test("an image belongs to the last mount at the longest path above it", () => {
    using guest = new Guest();
    guest.mount("/loop", "7:0").mount("/", "8:1").mount("/data", "8:2").mount("/data", "8:3");
    guest.mount("/database", "8:4").loop(0, "/data/a");
    expect(guest.order()).toEqual(["/data", "/loop", "/", "/data", "/database"]);
    using hidden = new Guest();
    hidden.mount("/loop", "7:0").mount("/", "8:1").mount("/tmp", null, "tmpfs").loop(0, "/tmp/a");
    expect(hidden.order()).toEqual(["/loop", "/"]);
  });

  test("an image seen through a bind mount belongs to the file system that is mounted there", () => {
    using guest = new Guest();
    guest.mount("/loop", "7:0").mount("/", "8:1").mount("/data", "8:2").mount("/bind", "8:2");
    guest.loop(0, "/bind/a");
    expect(guest.order()).toEqual(["/data", "/loop", "/"]);
  });

  test("a circle, which cannot be, does not hang it", () => {
    using guest = new Guest();
    guest.mount("/a", "7:0").mount("/b", "7:1").loop(0, "/b/img").loop(1, "/a/img");
    expect(guest.order()).toEqual(["/b", "/a"]);
    using own = new Guest();
    own.mount("/a", "253:0").stacked("virtual/block/dm-0", "253:0", ["virtual/block/dm-0"]);
    expect(own.order()).toEqual(["/a"]);
  });
});
