/**
 * The least that a program of this runtime can be and still answer: six functions of libc, one socket, one fixed reply. It
 * is no agent; it tells how much of a start is the runtime's own.
 */
import { dlopen, FFIType } from "bun:ffi";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const sockaddrBytes = 110;

const { symbols: libc } = dlopen("libc.so.6", {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  listen: { args: ["i32", "i32"], returns: "i32" },
  accept: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  read: { args: ["i32", "ptr", "usize"], returns: FFIType.i64_fast },
  write: { args: ["i32", "ptr", "usize"], returns: FFIType.i64_fast },
});

const path = process.argv[process.argv.indexOf("-p") + 1] ?? "";
const address = new Uint8Array(sockaddrBytes);
address[0] = AF_UNIX;
for (let index = 0; index < path.length; index++) address[2 + index] = path.charCodeAt(index);

const reply = Uint8Array.from('\xff{"return": 1}\n', (char) => char.charCodeAt(0));
const request = new Uint8Array(4096);
const listener = libc.socket(AF_UNIX, SOCK_STREAM, 0);
libc.bind(listener, address, sockaddrBytes);
libc.listen(listener, 1);
const client = libc.accept(listener, null, null);
libc.read(client, request, request.length);
libc.write(client, reply, reply.length);
libc.read(client, request, request.length);
