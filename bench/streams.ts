/** What hosts send, and what they send by mistake: the same bytes in every run. */

export interface Stream {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** JSON objects in it, and faults that are answered; what is behind these is only counted. */
  readonly objects?: number;
  readonly faults?: number;
}

const ping = '{"execute":"guest-ping"}\n';
export const open =
  '{"execute": "guest-file-open", "arguments": {"path": "/etc/hostname", "mode": "r"}, "id": "libvirt-12"}\n';

/** As many faults as are answered one by one. */
const faultsMax = 100;

export function requestStreams(size: number): Stream[] {
  return [
    repeated("pings", ping, size),
    repeated("opens with ids", open, size),
    {
      name: "one long string",
      bytes: Buffer.from(
        `{"execute":"guest-file-write","arguments":{"handle":1000,"buf-b64":"${"QUJD".repeat(size >> 2)}"}}`,
      ),
      objects: 1,
      faults: 0,
    },
  ];
}

export function noiseStreams(size: number): Stream[] {
  return [
    { name: "random bytes", bytes: drawn(everyByte, size) },
    { name: "0xFF alone", bytes: new Uint8Array(size).fill(0xff), objects: 0, faults: faultsMax },
    {
      name: "JSON cut up by 0xFF",
      bytes: Buffer.alloc(size, '{"a":\xff[1,\xff"b\xff', "latin1"),
      objects: 0,
      faults: faultsMax,
    },
    { name: "JSON characters and 0xFF", bytes: drawn(`${jsonCharacters}\xff\xff`, size) },
    { name: "JSON characters", bytes: drawn(jsonCharacters, size) },
    { name: "brackets, braces, commas, colons", bytes: drawn("{}[]:,", size) },
    {
      name: "open brackets",
      bytes: Buffer.alloc(size, "["),
      objects: 0,
      faults: Math.min(faultsMax, Math.floor(size / 1025)),
    },
    { name: "open objects", bytes: Buffer.alloc(size, '{"a":'), objects: 0 },
    {
      name: "closing brackets",
      bytes: Buffer.alloc(size, "]"),
      objects: 0,
      faults: faultsMax,
    },
    {
      name: "lines of a kernel log",
      bytes: Buffer.alloc(size, "[    0.000000] Linux version 6.1.0 (gcc-12) #1 SMP\r\n"),
      objects: 0,
      faults: faultsMax,
    },
    {
      name: "a string without end",
      bytes: Buffer.from(`"${"a".repeat(size)}`),
      objects: 0,
      faults: 0,
    },
  ];
}

const everyByte = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
const jsonCharacters = "{}[]:,\"'\\ 019eE.-truefalsn\n";

function repeated(name: string, text: string, size: number): Stream {
  const objects = Math.floor(size / text.length);
  return { name, bytes: Buffer.from(text.repeat(objects)), objects, faults: 0 };
}

/** Bytes drawn from `alphabet`; Marsaglia's xorshift32, which is as random as noise need be. */
function drawn(alphabet: string, count: number): Uint8Array {
  const letters = Buffer.from(alphabet, "latin1");
  const bytes = new Uint8Array(count);
  let state = 2463534242;
  for (let index = 0; index < count; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = letters[(state >>> 0) % letters.length] as number;
  }
  return bytes;
}
