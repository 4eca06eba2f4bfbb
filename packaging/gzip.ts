/** Without a name or a time in its head, as `gzip -n` writes it. */
export function gzip(text: string): Uint8Array {
  return Bun.gzipSync(Buffer.from(text), { level: 9 });
}
