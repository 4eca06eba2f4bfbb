import { memberNamesCachedMax } from "./limits.ts";
import { encodeModifiedUtf8 } from "./modified-utf8.ts";

/**
 * The order in which qemu-ga writes the members of an object, and checks those of a request: that of
 * its hash buckets. No client should depend on it, but replies are compared byte for byte.
 */

const bucketCount = 512;

const buckets = new Map<string, number>();

/** The hash bucket of a member name, 0 … 511. */
export function memberBucket(name: string): number {
  const cached = buckets.get(name);
  if (cached !== undefined) return cached;
  const bucket = hash(name) % bucketCount;
  // Names of an `id` come from the peer, so the cache is bounded.
  if (buckets.size < memberNamesCachedMax) buckets.set(name, bucket);
  return bucket;
}

/** `names`, given in the order of insertion, in the order of the buckets; within one, the latest first. */
export function inMemberOrder(names: Iterable<string>): string[] {
  const ordered = [...names];
  if (ordered.length <= insertedMax) return insertedInOrder(ordered);
  return ordered.reverse().sort((left, right) => memberBucket(left) - memberBucket(right));
}

/** Up to so many names are put in their places one by one, which takes less time than a sort has to prepare. */
const insertedMax = 24;

/** The buckets of the names that are being put in their places. */
const insertedBuckets = new Uint16Array(insertedMax);

function insertedInOrder(names: string[]): string[] {
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string;
    const bucket = memberBucket(name);
    let place = index;
    for (; place > 0 && (insertedBuckets[place - 1] as number) >= bucket; place--) {
      insertedBuckets[place] = insertedBuckets[place - 1] as number;
      names[place] = names[place - 1] as string;
    }
    insertedBuckets[place] = bucket;
    names[place] = name;
  }
  return names;
}

function hash(name: string): number {
  const bytes = encodeModifiedUtf8(name);
  let value = Math.imul(0x238f_13af, bytes.length);
  for (const [index, byte] of bytes.entries()) {
    value = (value + (byte << ((5 * index) % 24))) | 0;
  }
  return (Math.imul(1_103_515_243, value) + 12_345) >>> 0;
}
