/** What the compiler lets a client say and tells it that it hears. `npm run typecheck` is what fails here. */
import { expectTypeOf, test } from "bun:test";
import type { AgentClient, CallOptions } from "../../src/client/agent-client.ts";
import type { ArgumentsOf, CommandName, ReturnOf } from "../../src/commands/registry.ts";

type Int = number | bigint;
/** Text with base64 in it, or the bytes that are to become one. */
type Bytes = string | Uint8Array;
// biome-ignore lint/complexity/noBannedTypes: what the schema of a command without arguments infers
type None = {};

/** Every command in the order of the QAPI schema with the arguments that it gives there. */
type Arguments = {
  "guest-sync-delimited": { id: Int };
  "guest-sync": { id: Int };
  "guest-ping": None;
  "guest-get-time": None;
  "guest-set-time": { time?: Int };
  "guest-info": None;
  "guest-shutdown": { mode?: string };
  "guest-file-open": { path: string; mode?: string };
  "guest-file-close": { handle: Int };
  "guest-file-read": { handle: Int; count?: Int };
  "guest-file-write": { handle: Int; "buf-b64": Bytes; count?: Int };
  "guest-file-seek": { handle: Int; offset: Int; whence: Int | "set" | "cur" | "end" };
  "guest-file-flush": { handle: Int };
  "guest-fsfreeze-status": None;
  "guest-fsfreeze-freeze": { "__org.guestwire_timeout"?: number | bigint };
  "guest-fsfreeze-freeze-list": {
    mountpoints?: string[];
    "__org.guestwire_timeout"?: number | bigint;
  };
  "guest-fsfreeze-thaw": None;
  "guest-fstrim": { minimum?: Int };
  "guest-suspend-disk": None;
  "guest-suspend-ram": None;
  "guest-suspend-hybrid": None;
  "guest-network-get-interfaces": None;
  "guest-get-vcpus": None;
  "guest-set-vcpus": { vcpus: { "logical-id": Int; online: boolean; "can-offline"?: boolean }[] };
  "guest-get-disks": None;
  "guest-get-fsinfo": None;
  "guest-set-user-password": { username: string; password: Bytes; crypted: boolean };
  "guest-get-memory-blocks": None;
  "guest-set-memory-blocks": {
    "mem-blks": { "phys-index": Int; online: boolean; "can-offline"?: boolean }[];
  };
  "guest-get-memory-block-info": None;
  "guest-exec-status": { pid: Int };
  "guest-exec": {
    path: string;
    arg?: string[];
    env?: string[];
    "input-data"?: Bytes;
    "capture-output"?: boolean | "none" | "stdout" | "stderr" | "separated" | "merged";
  };
  "guest-get-host-name": None;
  "guest-get-users": None;
  "guest-get-timezone": None;
  "guest-get-osinfo": None;
  "guest-ssh-get-authorized-keys": { username: string };
  "guest-ssh-add-authorized-keys": { username: string; keys: string[]; reset?: boolean };
  "guest-ssh-remove-authorized-keys": { username: string; keys: string[] };
  "guest-get-diskstats": None;
  "guest-get-cpustats": None;
  "guest-get-load": None;
  "guest-network-get-route": None;
};

type Path = { path?: string; "path-b64"?: Bytes };

/** Our own. */
type VendorArguments = {
  "__org.guestwire_exec-start": {
    path: string;
    arg?: string[];
    env?: string[];
    cwd?: string;
    user?: string;
    stdin?: boolean;
    merge?: boolean;
    tty?: { rows: Int; columns: Int };
  };
  "__org.guestwire_exec-read": { pid: Int; max?: Int; wait?: Int };
  "__org.guestwire_exec-write": { pid: Int; "buf-b64": Bytes; eof?: boolean };
  "__org.guestwire_exec-signal": { pid: Int; signal: Int; group?: boolean };
  "__org.guestwire_exec-resize": { pid: Int; rows: Int; columns: Int };
  "__org.guestwire_file-read-at": { handle: Int; offset: Int; count?: Int };
  "__org.guestwire_file-write-at": { handle: Int; offset: Int; "buf-b64": Bytes };
  "__org.guestwire_file-hash": Path & { offset?: Int; count?: Int; algorithm?: "sha256" };
  "__org.guestwire_file-stat": Path & { follow?: boolean };
  "__org.guestwire_file-list": Path & { cursor?: Int; max?: Int };
  "__org.guestwire_file-change": Path & {
    mode?: Int;
    uid?: Int;
    gid?: Int;
    "mtime-ns"?: Int;
    size?: Int;
  };
  "__org.guestwire_file-rename": {
    from?: string;
    "from-b64"?: Bytes;
    to?: string;
    "to-b64"?: Bytes;
    replace?: boolean;
  };
  "__org.guestwire_file-make": Path & {
    type: "directory" | "symlink";
    mode?: Int;
    "target-b64"?: Bytes;
  };
  "__org.guestwire_file-remove": Path;
  "__org.guestwire_file-open": Path & { mode?: string; exclusive?: boolean; nofollow?: boolean };
  "__org.guestwire_file-data": Path & { offset?: Int };
  "__org.guestwire_file-get": Path;
  "__org.guestwire_file-put": Path & {
    "buf-b64": Bytes;
    hash: string;
    mode?: Int;
    uid?: Int;
    gid?: Int;
    "mtime-ns"?: Int;
    replace?: boolean;
  };
  "__org.guestwire_file-sync": Path;
  "__org.guestwire_summary": None;
  "__org.guestwire_capabilities": None;
};

test("a client gives the arguments of the QAPI schema, and no others", () => {
  type All = { [Name in CommandName]: ArgumentsOf<Name> };
  expectTypeOf<Omit<All, keyof VendorArguments>>().toEqualTypeOf<Arguments>();
  expectTypeOf<All>().toExtend<VendorArguments>();
  expectTypeOf<VendorArguments>().toExtend<Pick<All, keyof VendorArguments>>();
});

test("a client gets the values of the QAPI schema, integers as bigints and bytes as base64", () => {
  expectTypeOf<ReturnOf<"guest-sync">>().toEqualTypeOf<bigint>();
  expectTypeOf<ReturnOf<"guest-ping">>().toEqualTypeOf<object>();
  expectTypeOf<ReturnOf<"guest-file-read">>().toEqualTypeOf<{
    count: bigint;
    "buf-b64": string;
    eof: boolean;
  }>();
  expectTypeOf<ReturnOf<"guest-get-users">>().toEqualTypeOf<
    { user: string; "login-time": number }[]
  >();
  expectTypeOf<ReturnOf<"guest-fsfreeze-status">>().toEqualTypeOf<"thawed" | "frozen">();
  expectTypeOf<ReturnOf<"guest-set-memory-blocks">>().toEqualTypeOf<
    {
      "phys-index": bigint;
      response: "success" | "not-found" | "operation-not-supported" | "operation-failed";
      "error-code"?: bigint;
    }[]
  >();
  expectTypeOf<ReturnOf<"guest-get-timezone">>().toEqualTypeOf<{ zone?: string; offset: bigint }>();
});

test("arguments are left out only where none is required", () => {
  type Call<Name extends CommandName> = Parameters<typeof AgentClient.prototype.call<Name>>;
  expectTypeOf<Call<"guest-ping">>().toEqualTypeOf<["guest-ping", None?, CallOptions?]>();
  expectTypeOf<Call<"guest-fstrim">>().toEqualTypeOf<
    ["guest-fstrim", { minimum?: Int }?, CallOptions?]
  >();
  expectTypeOf<Call<"guest-sync">>().toEqualTypeOf<["guest-sync", { id: Int }, CallOptions?]>();
});
