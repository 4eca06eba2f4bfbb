import type { Content } from "./content.ts";

/** One thing that an installation consists of. Paths are absolute, as seen from the root that is installed into. */
export type Piece = FilePiece | LinkPiece | LinesPiece;

export interface FilePiece {
  readonly kind: "file";
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly content: Content;
  /** The administrator's as soon as it is there: one that we did not make is left alone and not ours to remove. */
  readonly isConfig?: boolean;
  /** Where what stands there now is moved to, and comes back from at the end; absent: it is an error. */
  readonly aside?: string;
}

/** A symbolic link. */
export interface LinkPiece {
  readonly kind: "link";
  readonly path: string;
  readonly target: string;
  /** As for a file. */
  readonly aside?: string;
  /**
   * What enables a service. It is the administrator's to remove, and then stays removed; one like it that we did not make
   * is as good, and not ours to remove.
   */
  readonly isEnabling?: boolean;
}

/** Lines in a row in a file that others have lines in, too. */
export interface LinesPiece {
  readonly kind: "lines";
  readonly path: string;
  readonly lines: readonly string[];
}
