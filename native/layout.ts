/**
 * C memory layout, declared once.
 *
 * A {@link struct} declaration gives the offsets, the size, typed reads and writes, and the static
 * assertions by which a C compiler confirms all of it (see `layout-check.ts`). {@link constants} does the
 * same for numbers out of headers. Everything is worked out for both architectures, so that one machine
 * can check the other's layout.
 */

export type Arch = "x64" | "arm64";

/** A value that differs between the two architectures. */
export type PerArch<T> = { readonly x64: T; readonly arm64: T };

/** Bun has Linux builds for these two only; both are little-endian with 64-bit `long` and pointers. */
export const hostArch: Arch = process.arch === "arm64" ? "arm64" : "x64";

/** Size and alignment of each scalar in C. */
export const scalarBytes = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  u64: 8,
  i64: 8,
} as const;

export type Scalar = keyof typeof scalarBytes;
export type Bytes = { readonly kind: "bytes"; readonly length: number };
export type Pad = { readonly kind: "pad"; readonly length: number };
/** A scalar of another size on each architecture reads as number or bigint, as the running one has it. */
export type FieldType = Scalar | PerArch<Scalar> | Bytes | Pad;
export type Fields = Readonly<Record<string, FieldType>>;

/** `char name[length]` or `uint8_t name[length]`; read as a copied `Uint8Array`. */
export function bytes(length: number): Bytes {
  return { kind: "bytes", length };
}

/** Members we neither read nor write. They take room and have no value and no assertion of their own. */
export function pad(length: number): Pad {
  return { kind: "pad", length };
}

type ValueOf<T extends FieldType> = T extends Pad
  ? never
  : T extends Bytes
    ? Uint8Array
    : T extends PerArch<Scalar>
      ? number | bigint
      : T extends "u64" | "i64"
        ? bigint
        : number;

/** What {@link Struct.read} gives: 64-bit fields are `bigint`, byte arrays are copies, pads are left out. */
export type Values<F extends Fields> = {
  -readonly [K in keyof F as F[K] extends Pad ? never : K]: ValueOf<F[K]>;
};

/** Byte offsets and the size of a struct on one architecture. */
export type Layout = {
  readonly offsets: Readonly<Record<string, number>>;
  readonly sizeBytes: number;
};

export type StructOptions = {
  /** Architectures on which the kernel header says `__attribute__((packed))`. */
  readonly packedOn?: readonly Arch[];
  /** The size in C when the declaration stops before the end of the struct (or declares no field at all). */
  readonly sizeBytes?: number;
};

export class Struct<F extends Fields> {
  /** As written in C, such as `struct epoll_event` or `sigset_t`. */
  readonly cName: string;
  readonly headers: readonly string[];
  readonly fields: F;
  readonly #options: StructOptions;
  /** On the running architecture. Computed when first asked for: a start uses few of all structs. */
  #layout: Layout | null = null;

  constructor(cName: string, headers: readonly string[], fields: F, options: StructOptions) {
    this.cName = cName;
    this.headers = headers;
    this.fields = fields;
    this.#options = options;
  }

  /** On the running architecture. */
  get sizeBytes(): number {
    return this.#host.sizeBytes;
  }

  /** On the running architecture. */
  offsetOf(field: keyof F & string): number {
    return this.#host.offsets[field] as number;
  }

  get #host(): Layout {
    this.#layout ??= this.layoutOn(hostArch);
    return this.#layout;
  }

  layoutOn(arch: Arch): Layout {
    const packed = this.#options.packedOn?.includes(arch) ?? false;
    const offsets: Record<string, number> = {};
    let end = 0;
    let structAlign = 1;
    for (const name in this.fields) {
      const type = typeOn(arch, this.fields[name] as FieldType);
      const size = sizeOf(type);
      const align = packed || typeof type !== "string" ? 1 : size;
      structAlign = Math.max(structAlign, align);
      end = roundUp(end, align);
      offsets[name] = end;
      end += size;
    }
    const sizeBytes = this.#options.sizeBytes ?? roundUp(end, structAlign);
    if (sizeBytes < end) throw new RangeError(`${this.cName}: fields end at ${end}, past its size`);
    return { offsets, sizeBytes };
  }

  /** A zeroed struct with the given fields set. */
  make(values: Partial<Values<F>> = {}): Uint8Array {
    const memory = new Uint8Array(this.sizeBytes);
    this.write(memory, values);
    return memory;
  }

  read(memory: Uint8Array, at = 0): Values<F> {
    const view = viewOf(memory);
    const { offsets } = this.#host;
    const values: Record<string, number | bigint | Uint8Array> = {};
    for (const name in this.fields) {
      const type = typeOn(hostArch, this.fields[name] as FieldType);
      const offset = at + (offsets[name] as number);
      if (typeof type === "string") values[name] = readScalar(view, type, offset);
      else if (type.kind === "bytes") values[name] = memory.slice(offset, offset + type.length);
    }
    return values as Values<F>;
  }

  /**
   * Sets the given fields and leaves the others as they are. A byte array shorter than its field is
   * followed by zeros; a longer one is a RangeError.
   */
  write(memory: Uint8Array, values: Partial<Values<F>>, at = 0): void {
    const view = viewOf(memory);
    const { offsets } = this.#host;
    for (const [name, value] of Object.entries(values as Record<string, unknown>)) {
      const declared = this.fields[name];
      if (declared === undefined) throw new RangeError(`${this.cName} has no field "${name}"`);
      const type = typeOn(hostArch, declared);
      const offset = at + (offsets[name] as number);
      if (typeof type === "string") {
        writeScalar(view, type, offset, value as number | bigint);
      } else {
        const source = value as Uint8Array;
        if (source.length > type.length) {
          throw new RangeError(
            `${this.cName}.${name} holds ${type.length} bytes: ${source.length}`,
          );
        }
        memory.fill(0, offset, offset + type.length);
        memory.set(source, offset);
      }
    }
  }
}

/** Declares a C struct. Fields carry their C names, in C order. */
export function struct<const F extends Fields>(
  cName: string,
  headers: readonly string[],
  fields: F,
  options: StructOptions = {},
): Struct<F> {
  return new Struct(cName, headers, fields, options);
}

export type ConstantSpec = Readonly<Record<string, number | PerArch<number>>>;
type ConstantDeclaration = { readonly headers: readonly string[]; readonly spec: ConstantSpec };

const constantDeclarations = new WeakMap<object, () => ConstantDeclaration>();

/**
 * Numbers out of headers, under their C names, for the running architecture; `differing` has those that are not the
 * same on both. The others need no work at a start: the table given is the table made.
 */
export function constants<
  const S extends Readonly<Record<string, number>>,
  const D extends Readonly<Record<string, PerArch<number>>> = Record<never, never>,
>(
  headers: readonly string[],
  same: S,
  differing?: D,
): { readonly [K in keyof S | keyof D]: number } {
  const values: Record<string, number> = same;
  for (const name in differing) values[name] = (differing[name] as PerArch<number>)[hostArch];
  constantDeclarations.set(values, () => ({ headers, spec: { ...values, ...differing } }));
  return values as { readonly [K in keyof S | keyof D]: number };
}

/** How a table made by {@link constants} was declared, for the C check; undefined for anything else. */
export function constantDeclaration(table: object): ConstantDeclaration | undefined {
  return constantDeclarations.get(table)?.();
}

// ioctl request numbers, composed as in <asm-generic/ioctl.h>, which x86-64 and arm64 share:
// number in bits 0-7, type in bits 8-15, size of the argument in bits 16-29, direction in bits 30-31.
const iocNone = 0;
const iocWrite = 1;
const iocRead = 2;

function ioc(direction: number, type: string, number: number, sizeBytes: number): number {
  return ((direction << 30) | (sizeBytes << 16) | (type.charCodeAt(0) << 8) | number) >>> 0;
}

export function _IO(type: string, number: number): number {
  return ioc(iocNone, type, number, 0);
}

export function _IOR(type: string, number: number, sizeBytes: number): number {
  return ioc(iocRead, type, number, sizeBytes);
}

export function _IOW(type: string, number: number, sizeBytes: number): number {
  return ioc(iocWrite, type, number, sizeBytes);
}

export function _IOWR(type: string, number: number, sizeBytes: number): number {
  return ioc(iocRead | iocWrite, type, number, sizeBytes);
}

/** A field's type on one architecture. */
export function typeOn(arch: Arch, declared: FieldType): Scalar | Bytes | Pad {
  return typeof declared === "object" && "x64" in declared ? declared[arch] : declared;
}

/** In bytes. */
export function sizeOf(type: Scalar | Bytes | Pad): number {
  return typeof type === "string" ? scalarBytes[type] : type.length;
}

function roundUp(offset: number, align: number): number {
  return Math.ceil(offset / align) * align;
}

function viewOf(memory: Uint8Array): DataView {
  return new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
}

function readScalar(view: DataView, type: Scalar, offset: number): number | bigint {
  switch (type) {
    case "u8":
      return view.getUint8(offset);
    case "i8":
      return view.getInt8(offset);
    case "u16":
      return view.getUint16(offset, true);
    case "i16":
      return view.getInt16(offset, true);
    case "u32":
      return view.getUint32(offset, true);
    case "i32":
      return view.getInt32(offset, true);
    case "u64":
      return view.getBigUint64(offset, true);
    case "i64":
      return view.getBigInt64(offset, true);
  }
}

/** Signed or not makes no difference to the bytes: the setters keep the low bits. */
function writeScalar(view: DataView, type: Scalar, offset: number, value: number | bigint): void {
  switch (scalarBytes[type]) {
    case 1:
      view.setUint8(offset, Number(value));
      break;
    case 2:
      view.setUint16(offset, Number(value), true);
      break;
    case 4:
      view.setUint32(offset, Number(value), true);
      break;
    case 8:
      view.setBigUint64(offset, BigInt(value), true);
      break;
  }
}
