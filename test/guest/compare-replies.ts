/** Any JSON value. Absence is `undefined`, which JSON does not have. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [member: string]: Json };

/** One place where two replies are not the same. */
export interface Deviation {
  /**
   * Members as `.name`, elements as `[key]`, where the key is what the element is known by. `LIST order` stands for
   * the order of a list.
   */
  readonly path: string;
  readonly reference: Json | undefined;
  readonly own: Json | undefined;
}

export interface Replies {
  /** The reference was asked before and after. */
  readonly before: Json;
  readonly own: Json;
  readonly after: Json;
}

/** Path patterns, in which `[*]` stands for any element. */
export interface Tolerance {
  /** Lists whose order says nothing. */
  readonly unordered?: readonly string[];
  /** Numbers that go up and down by themselves: only that they are numbers is compared. */
  readonly gauges?: readonly string[];
}

/** What an element of a list is known by, the most telling member first. */
const keyMembers = [
  "mountpoint",
  "dev",
  "ip-address",
  "logical-id",
  "phys-index",
  "cpu",
  "user",
  "path",
  "name",
];

/**
 * Compares the reply of an agent with those that the reference gave before and after it. What does not move has to be
 * the same; a number that moved meanwhile (a counter) has to be one on the way from the first to the last.
 */
export function compareReplies(replies: Replies, tolerance: Tolerance = {}): Deviation[] {
  const isUnordered = matcherOf(tolerance.unordered ?? []);
  const isGauge = matcherOf(tolerance.gauges ?? []);
  const found: Deviation[] = [];

  function compare(
    path: string,
    before: Json | undefined,
    own: Json | undefined,
    after: Json | undefined,
  ): void {
    if (isList(before) && isList(own) && isList(after)) {
      const [first, mine] = [keyed(before), keyed(own)];
      if (!isUnordered(path)) compareOrder(path, first, mine);
      compareAll(first, mine, keyed(after), (key) => `${path}[${key}]`);
    } else if (isObject(before) && isObject(own) && isObject(after)) {
      compareAll(members(before), members(own), members(after), (name) => `${path}.${name}`);
    } else if (!isSame(path, before, own, after)) {
      found.push({ path, reference: before, own });
    }
  }

  function compareAll(first: Keyed, own: Keyed, last: Keyed, pathOf: (key: string) => string) {
    for (const key of new Set([...first.keys(), ...own.keys(), ...last.keys()])) {
      compare(pathOf(key), first.get(key), own.get(key), last.get(key));
    }
  }

  function compareOrder(path: string, first: Keyed, own: Keyed): void {
    const reference = [...first.keys()].filter((key) => own.has(key));
    const mine = [...own.keys()].filter((key) => first.has(key));
    if (!Bun.deepEquals(reference, mine)) {
      found.push({ path: `${path} order`, reference, own: mine });
    }
  }

  function isSame(
    path: string,
    before: Json | undefined,
    own: Json | undefined,
    after: Json | undefined,
  ): boolean {
    if (typeof before === "number" && typeof own === "number" && typeof after === "number") {
      return isGauge(path) || (Math.min(before, after) <= own && own <= Math.max(before, after));
    }
    return Bun.deepEquals(before, own) || Bun.deepEquals(after, own);
  }

  compare("", replies.before, replies.own, replies.after);
  return found;
}

/** Returns whether a path is one of the patterns. */
export function matcherOf(patterns: readonly string[]): (path: string) => boolean {
  const expressions = patterns.map(
    (pattern) => new RegExp(`^${pattern.split("[*]").map(RegExp.escape).join("\\[[^\\]]*\\]")}$`),
  );
  return (path) => expressions.some((expression) => expression.test(path));
}

type Keyed = ReadonlyMap<string, Json>;

function members(object: { readonly [member: string]: Json }): Keyed {
  return new Map(Object.entries(object));
}

/** The elements by their keys. The second with the same key has "#2" behind it, and so on. */
function keyed(list: readonly Json[]): Keyed {
  const member = keyMembers.find((name) =>
    list.every((element) => isObject(element) && name in element),
  );
  const elements = new Map<string, Json>();
  list.forEach((element, index) => {
    const key = keyOf(element, member, index);
    let unique = key;
    for (let count = 2; elements.has(unique); count++) unique = `${key}#${count}`;
    elements.set(unique, element);
  });
  return elements;
}

function keyOf(element: Json, member: string | undefined, index: number): string {
  if (isObject(element)) return member === undefined ? String(index) : String(element[member]);
  return isList(element) ? String(index) : String(element);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json | undefined): value is { readonly [member: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
