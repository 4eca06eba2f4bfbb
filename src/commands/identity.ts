import * as v from "valibot";
import { hostname, uname } from "../../native/process.ts";
import { osRelease } from "../linux/os-release.ts";
import { command } from "./command.ts";
import { wording } from "./guest-error.ts";
import * as returns from "./returns.ts";

export const guestGetHostName = command({
  name: "guest-get-host-name",
  place: 33,
  since: "2.10",
  doc: "The name the kernel has for this guest (gethostname(2)); nothing is looked up.",
  args: () => v.strictObject({}),
  returns: () =>
    v.object({
      "host-name": returns.str("the name, fully qualified only if it was set so"),
    }),
  privilege: "audit",
  whileFrozen: "refused",
  success: "reply",
  mechanism: "gethostname(2)",
  run: () => ({ "host-name": wording("cannot get hostname", hostname) }),
});

export const guestGetOsinfo = command({
  name: "guest-get-osinfo",
  place: 36,
  since: "2.10",
  doc: "The kernel (uname(2)) and the distribution (os-release(5)); what os-release does not say is left out.",
  args: () => v.strictObject({}),
  returns: () =>
    v.object({
      "kernel-release": returns.str("such as 6.1.0-18-amd64"),
      "kernel-version": returns.str("such as #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1"),
      machine: returns.str("such as x86_64"),
      id: v.exactOptional(returns.str("ID of os-release")),
      name: v.exactOptional(returns.str("NAME")),
      "pretty-name": v.exactOptional(returns.str("PRETTY_NAME")),
      version: v.exactOptional(returns.str("VERSION")),
      "version-id": v.exactOptional(returns.str("VERSION_ID")),
      variant: v.exactOptional(returns.str("VARIANT")),
      "variant-id": v.exactOptional(returns.str("VARIANT_ID")),
    }),
  privilege: "audit",
  whileFrozen: "refused",
  success: "reply",
  mechanism: "uname(2), os-release(5)",
  run(_, context) {
    const kernel = wording("uname failed", uname);
    const release = osRelease(context.root, context.environment.QGA_OS_RELEASE);
    return {
      "kernel-release": kernel.release,
      "kernel-version": kernel.version,
      machine: kernel.machine,
      ...release,
    };
  },
});

/** For the registry. */
export const identityCommands = [guestGetHostName, guestGetOsinfo] as const;
