/** Lists the network interfaces many times and prints by how many bytes this process has grown from that. */
import { interfaceEntries } from "../../../native/ifaddrs.ts";

function grownBytes(rounds: number): number {
  const before = process.memoryUsage().rss;
  for (let round = 0; round < rounds; round++) interfaceEntries();
  Bun.gc(true);
  return process.memoryUsage().rss - before;
}

// The heap finds its size first.
grownBytes(3000);
console.log(grownBytes(Number(process.argv[2])));
