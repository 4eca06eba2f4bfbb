export { Fd, type FdStat, type FileType, WOULD_BLOCK } from "./raw-fd.ts";
