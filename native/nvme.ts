import { ptr } from "bun:ffi";
import { check, errnoOf, SysError } from "./errno.ts";
import { libc } from "./libc.ts";
import { Fd, rawFd } from "./raw-fd.ts";
import { NvmeAdminCommand, NvmeIoctl, OpenFlag } from "./structs.ts";

/** NVM Express Base Specification: the Get Log Page command, of the controller and not of one namespace. */
const getLogPage = 0x02;
const allNamespaces = 0xffffffff;
const smartLogPage = 0x02;
const smartLogBytes = 512;

/** Looking must not acknowledge an event that somebody else has asked to be told of ("Retain Asynchronous Event"). */
const retainEvent = 1 << 15;

/** Log page and, in double words less one, its length. */
const smartLogWord = ((smartLogBytes / 4 - 1) << 16) | retainEvent | smartLogPage;

/**
 * The SMART / Health Information log of the controller behind a node such as `/dev/nvme0n1`: 512 bytes. Needs
 * CAP_SYS_ADMIN.
 * @throws SysError; EIO where the controller refuses
 */
export function nvmeSmartLog(node: string): Uint8Array {
  using fd = Fd.open(node, OpenFlag.O_RDONLY | OpenFlag.O_NONBLOCK);
  const log = new Uint8Array(smartLogBytes);
  const command = NvmeAdminCommand.make({
    opcode: getLogPage,
    nsid: allNamespaces,
    addr: BigInt(ptr(log)),
    data_len: smartLogBytes,
    cdw10: smartLogWord,
  });
  const request = NvmeIoctl.NVME_IOCTL_ADMIN_CMD;
  const status = check("ask for the health of", libc().ioctl(rawFd(fd), request, command), node);
  // A status code of the controller, not of the kernel.
  if (status !== 0) throw new SysError("ask for the health of", errnoOf("EIO"), node);
  return log;
}
