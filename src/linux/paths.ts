/** The path seen from `/`, so that it stays true when the working directory changes. An empty one stays empty. */
export function absolutePath(path: string): string {
  return path === "" || path.startsWith("/") ? path : `${process.cwd()}/${path}`;
}

/** What follows the last slash. */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** What stands before the last slash; `.` where there is none. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, Math.max(1, slash));
}
