import { version as packageVersion } from "../../package.json";

/** guestwire's own version; the compiler puts it in from package.json. */
export const version: string = packageVersion;
