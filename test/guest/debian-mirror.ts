/** The release that the guests are of. */
export const suite = "bookworm";
export const mirror = process.env.GUESTWIRE_DEBIAN_MIRROR ?? "http://deb.debian.org/debian";
