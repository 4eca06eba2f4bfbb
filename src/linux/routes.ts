import { addressText } from "../../native/internet-address.ts";
import { columnsOf, readLines } from "./proc-file.ts";

/** A line of /proc/net/route (net/ipv4/fib_trie.c). */
export interface Route4 {
  readonly iface: string;
  readonly destination: string;
  /** 0.0.0.0 where there is none. */
  readonly gateway: string;
  readonly mask: string;
  /** RTF_ bits of <linux/route.h>. */
  readonly flags: bigint;
  readonly refcnt: bigint;
  readonly use: bigint;
  readonly metric: bigint;
  /** Bytes. */
  readonly mtu: bigint;
  readonly window: bigint;
  readonly irtt: bigint;
}

/** A line of /proc/net/ipv6_route (net/ipv6/route.c). */
export interface Route6 {
  readonly iface: string;
  readonly destination: string;
  readonly destinationBits: number;
  readonly source: string;
  readonly sourceBits: number;
  /** `::` where there is none. */
  readonly nexthop: string;
  readonly metric: bigint;
  readonly refcnt: bigint;
  readonly use: bigint;
  /** RTF_ bits of <linux/ipv6_route.h>, the topmost of the 32 copied into the upper half, as qemu-ga does. */
  readonly flags: bigint;
}

const word = /^[0-9A-Fa-f]{8}$/;
const address = /^[0-9A-Fa-f]{32}$/;
const hex = /^[0-9A-Fa-f]{1,8}$/;
const decimal = /^-?\d{1,10}$/;

const columns4 = [/./, word, word, hex, decimal, decimal, decimal, word, decimal, decimal, decimal];
const columns6 = [address, hex, address, hex, address, hex, hex, hex, hex, /./];

/** The routes of the file in its order, all tables. @throws SysError */
export function routes4(path: string): Route4[] {
  return rows(readLines(path), columns4).map(
    ([
      iface = "",
      destination = "",
      gateway = "",
      flags = "",
      refcnt = "",
      use = "",
      metric = "",
      mask = "",
      mtu = "",
      window = "",
      irtt = "",
    ]) => ({
      iface,
      destination: wordText(destination),
      gateway: wordText(gateway),
      mask: wordText(mask),
      flags: BigInt(`0x${flags}`),
      refcnt: BigInt(refcnt),
      use: BigInt(use),
      metric: BigInt(metric),
      mtu: BigInt(mtu),
      window: BigInt(window),
      irtt: BigInt(irtt),
    }),
  );
}

/** The routes of the file in its order, all tables. @throws SysError */
export function routes6(path: string): Route6[] {
  return rows(readLines(path), columns6).map(
    ([
      destination = "",
      destinationBits = "",
      source = "",
      sourceBits = "",
      nexthop = "",
      metric = "",
      refcnt = "",
      use = "",
      flags = "",
      iface = "",
    ]) => ({
      iface,
      destination: addressText("ipv6", Uint8Array.fromHex(destination)),
      destinationBits: Number.parseInt(destinationBits, 16),
      source: addressText("ipv6", Uint8Array.fromHex(source)),
      sourceBits: Number.parseInt(sourceBits, 16),
      nexthop: addressText("ipv6", Uint8Array.fromHex(nexthop)),
      metric: signedWord(metric),
      refcnt: signedWord(refcnt),
      use: signedWord(use),
      flags: BigInt.asUintN(64, signedWord(flags)),
    }),
  );
}

/** The lines whose columns are what they should be; others, such as a headline, are passed over. */
function rows(lines: readonly string[], patterns: readonly RegExp[]): string[][] {
  return lines
    .map(columnsOf)
    .filter((columns) => patterns.every((pattern, index) => pattern.test(columns[index] ?? "")));
}

/** The kernel prints the address as a word of this machine: on our little-endian ones, the last byte first. */
function wordText(digits: string): string {
  return addressText("ipv4", Uint8Array.fromHex(digits).reverse());
}

/** qemu-ga reads these 32 bits as a number with a sign: ffffffff is -1. */
function signedWord(digits: string): bigint {
  return BigInt.asIntN(32, BigInt(`0x${digits}`));
}
