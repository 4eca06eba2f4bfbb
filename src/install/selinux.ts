import type { RootFolder } from "../../native/root-folder.ts";
import { isThere, readTextIfThere } from "./found.ts";
import { binaryPath } from "./paths.ts";
import type { Piece } from "./piece.ts";

const configPath = "/etc/selinux/config";
const configBytesMax = 64 * 1024;

/** Where every policy has its rule for the guest agent: virt_qemu_ga_exec_t, which gives it its domain. */
const policyPath = "/usr/bin/qemu-ga";

/**
 * Has the policy label our executable as it labels qemu-ga, in the file that `semanage fcontext --equal` writes
 * (selabel_file(5), file_contexts.subs). Nothing where no policy is installed.
 * @throws SysError
 */
export function selinuxPieces(root: RootFolder): Piece[] {
  const folder = contextsFolder(root);
  if (folder === null) return [];
  return [
    {
      kind: "lines",
      path: `${folder}/file_contexts.subs`,
      lines: [`${binaryPath} ${policyPath}`],
    },
  ];
}

/** Where the root's policy has its file contexts; null where there is none. @throws SysError */
export function contextsFolder(root: RootFolder): string | null {
  const config = readTextIfThere(root, configPath, configBytesMax);
  const type = /^\s*SELINUXTYPE\s*=\s*([\w.-]+)/m.exec(config ?? "")?.[1];
  if (type === undefined || type.startsWith(".")) return null;
  const folder = `/etc/selinux/${type}/contexts/files`;
  return isThere(root, folder) ? folder : null;
}
