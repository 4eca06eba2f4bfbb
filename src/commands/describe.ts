/** What schemas of commands say of themselves, for documents and for those who type commands. */
import * as v from "valibot";

/** A member of the arguments or of what is returned. */
export interface Member {
  /** With a `?` behind it where it may be left out. */
  readonly name: string;
  /** In words of QAPI, such as `int`, `[str]`, or the words of an enum. */
  readonly type: string;
  readonly meaning: string;
}

/** What of a valibot schema is looked at here; each kind has some of it. */
interface Looked extends v.GenericSchema {
  readonly wrapped?: Looked;
  readonly entries?: Readonly<Record<string, Looked>>;
  readonly item?: Looked;
  readonly options?: readonly (string | Looked)[];
  readonly message?: unknown;
  readonly pipe?: readonly Looked[];
  readonly getter?: (value: unknown) => Looked;
}

/** Members of an object, such as a command's arguments. */
export function membersOf(schema: v.GenericSchema): Member[] {
  return Object.entries((schema as Looked).entries ?? {}).map(([name, each]) => ({
    name: isOptional(each) ? `${name}?` : name,
    type: typeOf(each),
    meaning: meaningOf(each),
  }));
}

/** The same of what is returned: members of members have the name of both. */
export function returnedMembersOf(schema: v.GenericSchema): Member[] {
  const whole = bare(schema as Looked);
  const item = whole.type === "array" ? bare(whole.item as Looked) : whole;
  return inner(item, whole === item ? "" : "[].");
}

/** The words that an argument can be, where they can be told: `true` and `false`, or those of an enum. */
export function wordsOf(schema: v.GenericSchema): string[] {
  return alternativesOf(schema as Looked).flatMap((each) => {
    if (each.type === "picklist") return (each.options ?? []).map(String);
    return typeOf(each) === "bool" ? ["true", "false"] : [];
  });
}

function inner(schema: Looked, prefix: string): Member[] {
  return Object.entries(schema.entries ?? {}).flatMap(([key, each]) => {
    const name = `${prefix}${key}${isOptional(each) ? "?" : ""}`;
    const within = bare(each);
    if (within.entries !== undefined) return inner(within, `${name}.`);
    const item = within.type === "array" ? bare(within.item as Looked) : null;
    if (item?.entries !== undefined) return inner(item, `${name}[].`);
    const meaning = meaningOf(each) || meaningOf((within.item ?? each) as Looked);
    return [{ name, type: typeOf(each), meaning }];
  });
}

/** Without the wrappings that change neither name nor place. */
function bare(schema: Looked): Looked {
  if (schema.type === "exact_optional") return bare(schema.wrapped as Looked);
  const [first] = schema.pipe ?? [];
  if (first !== undefined && first !== schema) return bare(first);
  return schema.type === "lazy" ? (schema.getter?.({}) as Looked) : schema;
}

/** What a schema takes instead of one another: `qapi.ts` has them as lazy ones, by the value. */
function alternativesOf(schema: Looked): Looked[] {
  const wrapped = schema.type === "exact_optional" ? (schema.wrapped as Looked) : schema;
  const [first = wrapped] = wrapped.pipe ?? [];
  // A word is a text that is one of a list.
  const words = wrapped.pipe?.find((each) => each.type === "picklist");
  if (words !== undefined) return [words];
  if (first !== wrapped) return alternativesOf(first);
  if (wrapped.type !== "lazy") return [wrapped];
  const object = wrapped.getter?.({}) as Looked;
  if (object.entries !== undefined) return [object];
  const others = [true, 0, ""].map((value) => wrapped.getter?.(value) as Looked);
  return [...new Set(others)].filter((each) => each !== object).flatMap(alternativesOf);
}

function meaningOf(schema: Looked): string {
  return (
    v.getDescription(schema.type === "exact_optional" ? (schema.wrapped as Looked) : schema) ?? ""
  );
}

const typeNames: Readonly<Record<string, string>> = {
  integer: "int",
  string: "str",
  boolean: "bool",
};

function typeOf(schema: Looked): string {
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 1) return alternatives.map(typeOf).join(" or ");
  const within = bare(alternatives[0] ?? schema);
  if (within.type === "array") return `[${typeOf(within.item as Looked)}]`;
  if (within.type === "picklist") {
    return (within.options ?? []).map((each) => `"${each}"`).join(", ");
  }
  if (within.entries !== undefined) {
    return `{${Object.entries(within.entries)
      .map(([name, each]) => `${name}: ${typeOf(each)}`)
      .join(", ")}}`;
  }
  // What is an integer is a number or a bigint, what is base64 a text or bytes.
  const options = (within.options ?? []) as readonly Looked[];
  if (within.type === "union") {
    return bare(options[0] as Looked).type === "string" ? "base64" : "int";
  }
  const word = typeof within.message === "string" ? within.message : within.type;
  return typeNames[word] ?? word;
}

function isOptional(schema: Looked): boolean {
  return schema.type === "exact_optional";
}
