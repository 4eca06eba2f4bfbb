/** Such as `512 bytes` or `105.4 MiB`. */
export function sizeText(bytes: number): string {
  const mib = 2 ** 20;
  return bytes < mib ? `${bytes} bytes` : `${(bytes / mib).toFixed(1)} MiB`;
}
