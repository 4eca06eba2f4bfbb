/** As ssh-keygen(1) -l gives it: `SHA256:` and the sum of the key in base64. A line that has no key has an empty one. */
export function fingerprint(line: string): string {
  const words = line.trim().split(/\s+/);
  const kind = words.findIndex((word) => /^(ssh|ecdsa|sk)-/.test(word));
  const key = words[kind + 1];
  if (kind === -1 || key === undefined) return "";
  const sum = new Bun.CryptoHasher("sha256").update(Buffer.from(key, "base64")).digest("base64");
  return `SHA256:${sum.replace(/=+$/, "")}`;
}
