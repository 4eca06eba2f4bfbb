import { resolve } from "node:path";

/** Where what was fetched for guests is kept between runs. */
export function guestCacheFolder(): string {
  return process.env.GUESTWIRE_GUEST_CACHE ?? resolve(import.meta.dir, "../../dist/guest-cache");
}
