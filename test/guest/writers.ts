import type { Guest } from "./guest.ts";

/** Programs in a guest that write in the background, by which it shows what is frozen. */
export class Writers {
  readonly #guest: Guest;

  constructor(guest: Guest) {
    this.#guest = guest;
  }

  /** Forgets those that have ended. */
  async clear(): Promise<void> {
    await this.#guest.text("rm -f /run/writers; touch /run/writers");
  }

  /** Starts one; its process id. */
  async write(path: string): Promise<string> {
    const script = `(echo text >${path}; sync ${path}; echo ended >>/run/writers) >/dev/null 2>&1 &
      echo $!`;
    return (await this.#guest.text(script)).trim();
  }

  /** Settles when one waits inside the kernel. */
  async isStuck(pid: string): Promise<void> {
    await this.until(`grep -q "^State:.D" /proc/${pid}/status`);
  }

  /** Settles when so many have ended. */
  async ended(count: number): Promise<void> {
    await this.until(`[ $(grep -c ended /run/writers) -eq ${count} ]`);
  }

  /** Asks the guest until a condition holds. */
  async until(condition: string): Promise<void> {
    await this.#guest.text(`until ${condition}; do usleep 10000; done`, untilDeadlineMs);
  }
}

const untilDeadlineMs = 60_000;
