import { Errno, SysError } from "../../native/errno.ts";
import { type Fd, WOULD_BLOCK } from "../../native/fd.ts";
import { connectUnixDatagram } from "../../native/socket.ts";
import { beginning, type ChainEnd } from "./audit-chain.ts";
import type { AuditOutlet } from "./audit-log.ts";

/** Where journald takes entries (systemd.io/JOURNAL_NATIVE_PROTOCOL). */
const journalSocket = "/run/systemd/journal/socket";

/** By which its entries are found: `journalctl -t guestwire-audit -o cat`. */
export const auditIdentifier = "guestwire-audit";

/** LOG_NOTICE, and LOG_AUTHPRIV without its shift (syslog(3)). */
const fields = `PRIORITY=5\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=${auditIdentifier}\n`;

/** The audit log in the journal, which cannot be read back: each start of the agent begins a chain. */
export class AuditJournal implements AuditOutlet {
  readonly name = "in the journal";
  readonly #path: string;
  #socket: Fd | null = null;

  constructor(path = journalSocket) {
    this.#path = path;
  }

  resume(): { end: ChainEnd } {
    return { end: beginning };
  }

  write(line: string): void {
    const socket = this.#socket ?? connectUnixDatagram(this.#path);
    this.#socket = socket;
    try {
      // No newline is in the line, so this form of a field will do.
      if (socket.tryWrite(Buffer.from(`MESSAGE=${line}\n${fields}`)) !== WOULD_BLOCK) return;
      throw new SysError("write", Errno.EAGAIN, this.#path);
    } catch (error) {
      // A journald that was started anew has another socket.
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#socket?.close();
    this.#socket = null;
  }
}
