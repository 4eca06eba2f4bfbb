import type { CcwAddress } from "./address.ts";

/** `/devices/css<n>/<subchannel>/<device>/`, both as `<cssid>.<ssid>.<number>` in hexadecimal digits. */
const ccwDevice =
  /\/devices\/css[\da-f]+\/([\da-f]+)\.([\da-f]+)\.([\da-f]+)\/[\da-f]+\.[\da-f]+\.([\da-f]+)\//;

/** The channel device on the way to a device (Documentation/arch/s390/driver-model.rst), or null. */
export function ccwAddress(path: string): CcwAddress | null {
  const match = ccwDevice.exec(path);
  if (match === null) return null;
  const [cssid = 0, ssid = 0, subchno = 0, devno = 0] = match
    .slice(1)
    .map((digits) => Number.parseInt(digits, 16));
  return { cssid, ssid, subchno, devno };
}
