/**
 * A FUSE file system that is mounted and then never answers: `bun dead-file-system.ts FOLDER`. It says `mounted` when
 * it is, and ends when its standard input does. (fuse(4), include/uapi/linux/fuse.h)
 */
import { closeSync, openSync, readSync, writeSync } from "node:fs";

const initReplyBytes = 16 + 64;
const majorVersion = 7;
const minorVersion = 31;
const writeBytesMax = 4096;

const [folder = ""] = process.argv.slice(2);
const device = openSync("/dev/fuse", "r+");
const options = "fd=3,rootmode=40000,user_id=0,group_id=0,allow_other";
const { exitCode, stderr } = Bun.spawnSync(
  ["mount", "-i", "-t", "fuse", "-o", options, "/dev/dead", folder],
  { stdio: ["ignore", "ignore", "pipe", device] },
);
if (exitCode !== 0) throw new Error(stderr?.toString());

const request = Buffer.alloc(64 * 1024);
readSync(device, request);
const reply = Buffer.alloc(initReplyBytes);
reply.writeUInt32LE(initReplyBytes, 0);
// The request's own number, behind its length and its kind.
request.copy(reply, 8, 8, 16);
reply.writeUInt32LE(majorVersion, 16);
reply.writeUInt32LE(minorVersion, 20);
reply.writeUInt32LE(writeBytesMax, 36);
writeSync(device, reply);
console.log("mounted");

for await (const _ of Bun.stdin.stream());
closeSync(device);
