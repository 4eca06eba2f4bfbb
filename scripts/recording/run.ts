export type Ink = "plain" | "strong" | "muted" | "green" | "yellow" | "red";

/** Characters of one row that look alike, from a column on. */
export interface Run {
  readonly column: number;
  text: string;
  readonly ink: Ink;
}

export type Row = readonly Run[];
