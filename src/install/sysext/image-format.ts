import type { ExtensionPiece } from "./extension.ts";

/** What an image is made of. */
export interface ImageOrder {
  /** A folder that has all of the pieces, laid out as they shall be. */
  readonly tree: string;
  readonly pieces: readonly ExtensionPiece[];
  /** The file to make. */
  readonly image: string;
  /** The time that all in it has, in seconds since 1970; not 0. */
  readonly epoch: number;
}

/** A file system that systemd-sysext takes for an image. */
export interface ImageFormat {
  readonly name: string;
  /** The package that has the programs, as most distributions call it. */
  readonly package: string;
  readonly programs: readonly string[];
  /** @throws InstallError */
  make(order: ImageOrder): void;
}
