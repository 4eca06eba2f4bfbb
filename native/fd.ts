export { Fd, WOULD_BLOCK } from "./raw-fd.ts";
