import { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { setRawTermios } from "../../native/serial.ts";
import { OpenFlag } from "../../native/structs.ts";
import { ChannelError } from "./channel.ts";
import { DeviceChannel } from "./device.ts";

/** The first UART; qemu-ga's default. */
export const isaDefaultPath = "/dev/ttyS0";

/** Opens a serial line in raw mode. @throws ChannelError */
export function openIsaSerial(path: string): DeviceChannel {
  try {
    const fd = Fd.open(path, OpenFlag.O_RDWR | OpenFlag.O_NOCTTY | OpenFlag.O_NONBLOCK);
    setRawTermios(fd);
    return new DeviceChannel(`isa-serial ${path}`, {
      fd,
      trigger: "level",
      atEnd: "close",
      atError: "broken",
    });
  } catch (error) {
    throw error instanceof SysError ? ChannelError.opening(path, error) : error;
  }
}
