/** What a recipe is about: one executable, and how it comes into an image. */
export interface RecipeOrder {
  /** Of the executable, in lower-case hexadecimal digits. */
  readonly sha256: string;
  /** Its path on the machine that builds the image; of {@link isPlainPath}. */
  readonly file: string;
  /** Where a guest gets it from; null when the recipe was asked for without. */
  readonly source: GuestSource | null;
  readonly replacesQemuGa: boolean;
  /** What the policy in the guest begins from; undefined: there is none. */
  readonly profile: string | undefined;
}

export type GuestSource =
  /** An http or https URL as URL.href has it: ASCII, without blanks. */
  | { readonly kind: "download"; readonly url: string }
  /** A file `guestwire` on a disk that is found by its label; of {@link isLabel}. */
  | { readonly kind: "disk"; readonly label: string };

/** A text that brings the agent into images of one kind. */
export interface Recipe {
  readonly name: string;
  /** In one line. */
  readonly summary: string;
  /** @throws RecipeError */
  text(order: RecipeOrder): string;
}

/** Why there is no such recipe, in words for whoever asked for it. */
export class RecipeError extends Error {
  override readonly name = "RecipeError";
}

/** A path that needs no quotes in any of the languages that recipes are in, nor is taken for an option. */
export function isPlainPath(path: string): boolean {
  return /^[\w./+=@][\w./+=@-]*$/.test(path);
}

/** What ISO 9660, FAT and ext4 take for a label alike. */
export function isLabel(label: string): boolean {
  return /^\w[\w.-]{0,31}$/.test(label);
}

/** How `guestwire install` is called with it. */
export function installFlags({ replacesQemuGa, profile }: RecipeOrder): string {
  const replacing = replacesQemuGa ? " --replace-qemu-ga" : "";
  return profile === undefined ? replacing : `${replacing} --profile ${profile}`;
}
