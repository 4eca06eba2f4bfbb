/**
 * Network interfaces: getifaddrs(3) and the hardware addresses of netdevice(7).
 */
import { CString, type Pointer, read } from "bun:ffi";
import { cstring } from "./cstring.ts";
import { check } from "./errno.ts";
import type { Fd } from "./fd.ts";
import { type AddressFamily, addressText } from "./internet-address.ts";
import { libc, rareLibc } from "./libc.ts";
import { rawFd, wrapFd } from "./raw-fd.ts";
import {
  Ifaddrs,
  Ifreq,
  InternetFamily,
  NetdeviceIoctl,
  PacketFamily,
  Sockaddr,
  SockaddrIn,
  SockaddrIn6,
  SockaddrLl,
  Socket,
} from "./structs.ts";

export type InternetAddress = {
  readonly family: AddressFamily;
  readonly text: string;
  /** Bits set in the netmask. */
  readonly prefixBits: number;
};

export type InterfaceEntry = {
  /** The interface's name, or the label of an IPv4 address, such as `eth0:1`. */
  readonly name: string;
  /** Null where the entry tells of a link, or of an address of another family. */
  readonly address: InternetAddress | null;
  /** Of a link: the first 8 bytes of its hardware address, zeros where it has none. Null where the entry is no link. */
  readonly hardware: Uint8Array | null;
};

/**
 * What getifaddrs(3) lists: all links in the order of their indexes, then all IPv4 addresses, then all IPv6 ones.
 * @throws SysError
 */
export function interfaceEntries(): InterfaceEntry[] {
  const out = new BigUint64Array(1);
  check("list", rareLibc().getifaddrs(out), "network interfaces");
  const first = Number(out[0]) as Pointer;
  try {
    const entries: InterfaceEntry[] = [];
    for (let entry = first; entry !== 0; entry = pointerAt(entry, "ifa_next")) {
      const name = new CString(pointerAt(entry, "ifa_name")).toString();
      const sockaddr = pointerAt(entry, "ifa_addr");
      entries.push({
        name,
        address: internetAddress(entry, sockaddr),
        hardware: linkAddress(sockaddr),
      });
    }
    return entries;
  } finally {
    rareLibc().freeifaddrs(first);
  }
}

/** What {@link hardwareAddress} asks by. @throws SysError */
export function interfaceSocket(): Fd {
  const subject = "socket for network interfaces";
  const type = Socket.SOCK_STREAM | Socket.SOCK_CLOEXEC;
  return wrapFd(check("create", libc().socket(InternetFamily.AF_INET, type, 0), subject), subject);
}

/**
 * The hardware address as SIOCGIFHWADDR tells it: 14 bytes, of which an Ethernet address takes the first 6; longer
 * ones (InfiniBand) are cut, and what has none gives zeros. A label stands for its interface.
 *
 * @returns null where the kernel gives none, such as for an interface that has just gone.
 */
export function hardwareAddress(socket: Fd, name: string): Uint8Array | null {
  const nameBytes = cstring(name);
  if (nameBytes.length > Ifreq.fields.ifr_name.length) return null;
  const memory = new Uint8Array(Ifreq.sizeBytes);
  memory.set(nameBytes, Ifreq.offsetOf("ifr_name"));
  if (libc().ioctl(rawFd(socket), NetdeviceIoctl.SIOCGIFHWADDR, memory) === -1) return null;
  const start = Ifreq.offsetOf("ifr_hwaddr") + Sockaddr.offsetOf("sa_data");
  return memory.slice(start, start + Sockaddr.fields.sa_data.length);
}

/** The kernel has it as SIOCGIFHWADDR tells it (IFLA_ADDRESS), and memory of libc's list is zeroed. */
function linkAddress(sockaddr: Pointer): Uint8Array | null {
  if (sockaddr === 0) return null;
  const family = read.u16(sockaddr, SockaddrLl.offsetOf("sll_family"));
  if (family !== PacketFamily.AF_PACKET) return null;
  return copied(sockaddr, SockaddrLl.offsetOf("sll_addr"), SockaddrLl.fields.sll_addr.length);
}

function internetAddress(entry: Pointer, address: Pointer): InternetAddress | null {
  // A link without any address, as some tunnels are.
  if (address === 0) return null;
  const place = placeOf(read.u16(address, Sockaddr.offsetOf("sa_family")));
  if (place === undefined) return null;
  const { family, offset, length } = place;
  const netmask = pointerAt(entry, "ifa_netmask");
  return {
    family,
    text: addressText(family, copied(address, offset, length)),
    prefixBits: netmask === 0 ? 0 : bitsSet(netmask, offset, length),
  };
}

/** Where in the `sockaddr` of a family the address is, in bytes; undefined for the families we do not tell of. */
function placeOf(family: number) {
  switch (family) {
    case InternetFamily.AF_INET: {
      const { length } = SockaddrIn.fields.sin_addr;
      return { family: "ipv4", offset: SockaddrIn.offsetOf("sin_addr"), length } as const;
    }
    case InternetFamily.AF_INET6: {
      const { length } = SockaddrIn6.fields.sin6_addr;
      return { family: "ipv6", offset: SockaddrIn6.offsetOf("sin6_addr"), length } as const;
    }
    default:
      return undefined;
  }
}

function pointerAt(entry: Pointer, field: "ifa_next" | "ifa_name" | "ifa_addr" | "ifa_netmask") {
  return read.ptr(entry, Ifaddrs.offsetOf(field)) as Pointer;
}

function copied(from: Pointer, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = read.u8(from, offset + index);
  return bytes;
}

function bitsSet(from: Pointer, offset: number, length: number): number {
  let count = 0;
  for (let index = 0; index < length; index++) {
    for (let rest = read.u8(from, offset + index); rest !== 0; rest &= rest - 1) count++;
  }
  return count;
}
