/** Permission bits as chmod(1) takes them, with a 0 before the three digits: `0600`. */
export function permissionText(mode: number): string {
  return `0${mode.toString(8).padStart(3, "0")}`;
}
