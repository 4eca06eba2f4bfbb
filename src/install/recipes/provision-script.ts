import fetchDisk from "../assets/fetch-disk.sh" with { type: "text" };
import fetchDownload from "../assets/fetch-download.sh" with { type: "text" };
import script from "../assets/provision.sh" with { type: "text" };
import { fill } from "./fill.ts";
import { type GuestSource, installFlags, type RecipeOrder } from "./recipe.ts";
import { shellQuote } from "./shell-quote.ts";

/** The shell script by which a guest provisions itself under cloud-init. */
export function provisionScript(order: RecipeOrder, source: GuestSource): string {
  const { settings, fetch } = source.kind === "download" ? byDownload(source) : fromDisk(source);
  return fill(script, {
    SHA256: order.sha256,
    SETTINGS: settings.join("\n"),
    FETCH: fetch.trimEnd(),
    FLAGS: installFlags(order),
  });
}

interface Part {
  readonly settings: readonly string[];
  readonly fetch: string;
}

function byDownload({ url }: { readonly url: string }): Part {
  // What is shown in logs has no token or signature, which may be in the rest.
  const { origin, pathname } = new URL(url);
  return {
    settings: [`url=${shellQuote(url)}`, `source=${shellQuote(`${origin}${pathname}`)}`],
    fetch: fetchDownload,
  };
}

function fromDisk({ label }: { readonly label: string }): Part {
  // FAT has labels in upper case alone, and cloud-init takes either.
  const labels = [...new Set([label, label.toUpperCase(), label.toLowerCase()])];
  return {
    settings: [`source=${shellQuote(`guestwire on the disk ${label}`)}`],
    fetch: fill(fetchDisk, { LABEL: label, LABELS: labels.join(" ") }),
  };
}
