import type { RootFolder } from "../../../native/root-folder.ts";
import { InstallError } from "../install-error.ts";
import { busybox } from "./busybox.ts";
import type { InitSystem } from "./init-system.ts";
import { openrc } from "./openrc.ts";
import { runit } from "./runit.ts";
import { s6 } from "./s6.ts";
import { systemd } from "./systemd.ts";

/** In the order in which they are looked for: OpenRC is often started by busybox' init, never the other way round. */
const all: readonly InitSystem[] = [systemd, openrc, runit, s6, busybox];

export const initNames: readonly string[] = all.map(({ name }) => name);

/** The one of that name. @throws InstallError */
export function initNamed(name: string): InitSystem {
  const found = all.find((init) => init.name === name);
  if (found !== undefined) return found;
  throw new InstallError(`There is no init system "${name}"; one of ${initNames.join(", ")}`);
}

/** What starts the services in a root, told by what is in it. @throws InstallError, SysError */
export function detectInit(root: RootFolder): InitSystem {
  const found = all.find((init) => init.isIn(root));
  if (found !== undefined) return found;
  throw new InstallError(
    `Cannot tell what starts the services in "${root.subject("/")}": give one of ${initNames.join(", ")} by --init`,
  );
}
