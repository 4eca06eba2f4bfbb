import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AgentClient } from "../src/client/agent-client.ts";

const shownBytesMax = 100;
const noiseBytes = 64 * 1024;
const fileBytes = 1024 * 1024;

/** What went over the wire, printable and not too long. */
function shown(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, shownBytesMax)).toString("latin1");
  const visible = head
    .replace(/\n$/, "")
    .replace(/[^\x20-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return bytes.length > shownBytesMax ? `${visible}… (${bytes.length} bytes)` : visible;
}

/** Says on the terminal what it does: sync, info, a file written and read back, noise and back in sync. */
export async function firstConversation(socket: string, folder: string): Promise<void> {
  let shownReceived = false;
  const step = async <T>(title: string, act: () => Promise<T>): Promise<T> => {
    console.log(`\n${title}`);
    shownReceived = false;
    const started = performance.now();
    const result = await act();
    console.log(`  = ${(performance.now() - started).toFixed(2)} ms`);
    return result;
  };
  const trace = (direction: "sent" | "received", bytes: Uint8Array) => {
    // A long reply comes in many pieces; the first shows what it is.
    if (direction === "received" && shownReceived) return;
    shownReceived = direction === "received";
    console.log(`  ${direction === "sent" ? ">" : "<"} ${shown(bytes)}`);
  };

  using client = await step("Connect and get in sync", () =>
    AgentClient.connect(socket, { trace }),
  );
  const info = await step("What can the agent do?", () => client.call("guest-info"));
  console.log(
    `  ${info.supported_commands.filter(({ enabled }) => enabled).length} commands, protocol of QEMU ${info.version}`,
  );
  const os = await step("What runs here?", () => client.call("guest-get-osinfo"));
  console.log(`  ${os["pretty-name"] ?? "an unnamed system"}, kernel ${os["kernel-release"]}`);

  const scratch = join(folder, "scratch");
  mkdirSync(scratch);
  const path = join(scratch, "file");
  const content = crypto.getRandomValues(new Uint8Array(65_536));
  const whole = Buffer.concat(Array.from({ length: fileBytes / content.length }, () => content));
  const read = await step(`Write ${fileBytes} bytes to a file and read them back`, async () => {
    const handle = await client.call("guest-file-open", { path, mode: "w+" });
    await client.call("guest-file-write", { handle, "buf-b64": whole.toString("base64") });
    await client.call("guest-file-seek", { handle, offset: 0, whence: "set" });
    const { "buf-b64": back } = await client.call("guest-file-read", { handle, count: fileBytes });
    await client.call("guest-file-close", { handle });
    return Buffer.from(back, "base64");
  });
  if (!read.equals(whole)) throw new Error("What was read back differs from what was written");
  console.log("  equal");

  await step(`Send ${noiseBytes} bytes of noise, then 0xFF: back in sync`, async () => {
    client.sendRaw(crypto.getRandomValues(new Uint8Array(noiseBytes)));
    await client.sync();
  });
}
