import type { ConfigKey } from "../../src/agent/config.ts";

export interface Limit {
  /** The constant in the source. */
  readonly name: string;
  readonly value: number;
  readonly unit: "bytes" | "µs" | "ms" | "characters" | "lines a second" | "";
  readonly what: string;
  /** What comes of passing it. */
  readonly passed: string;
  /** The key of the configuration that changes it. */
  readonly key?: ConfigKey["key"];
}
