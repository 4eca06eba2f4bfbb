/** A headless Chromium, spoken to by its DevTools protocol: https://chromedevtools.github.io/devtools-protocol/ */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const paths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const path = paths.find((candidate) => existsSync(candidate));

export const noChromium = path === undefined;
/** The end of a test's title: says what is missing. */
export const needsChromium = noChromium ? " (needs chromium)" : "";

const stepMsMax = 30_000;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

export interface Look {
  readonly width: number;
  readonly height: number;
  readonly scheme?: "light" | "dark";
  readonly media?: "screen" | "print";
}

export class Chromium implements AsyncDisposable {
  readonly #child: Bun.Subprocess;
  readonly #folder: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #events: Message[] = [];
  #eventSeen: () => void = () => {};
  #lastId = 0;
  #session: string | undefined;

  private constructor(child: Bun.Subprocess, folder: string, socket: WebSocket) {
    this.#child = child;
    this.#folder = folder;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#take(JSON.parse(String(data)) as Message);
  }

  /** Starts it with one empty page. */
  static async start(): Promise<Chromium> {
    const folder = mkdtempSync(join(tmpdir(), "guestwire-chromium-"));
    const child = Bun.spawn(
      [
        path as string,
        "--headless",
        // Tests also run as root, in containers.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--remote-debugging-port=0",
        `--user-data-dir=${folder}`,
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    const socket = new WebSocket(await debuggerAddress(child.stderr));
    const browser = new Chromium(child, folder, socket);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error("Cannot connect to Chromium"));
    });
    const { targetId } = await browser.#send<{ targetId: string }>("Target.createTarget", {
      url: "about:blank",
    });
    const attached = await browser.#send<{ sessionId: string }>("Target.attachToTarget", {
      targetId,
      flatten: true,
    });
    browser.#session = attached.sessionId;
    for (const domain of ["Page", "Network", "Runtime", "Log"])
      await browser.#send(`${domain}.enable`);
    return browser;
  }

  /** Loads a page, looked at in a certain way. */
  async open(
    url: string,
    { width, height, scheme = "light", media = "screen" }: Look,
  ): Promise<void> {
    this.#events.length = 0;
    await this.#send("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: false,
    });
    await this.#send("Emulation.setEmulatedMedia", {
      media,
      features: [{ name: "prefers-color-scheme", value: scheme }],
    });
    await this.#send("Page.navigate", { url });
    await this.#event("Page.loadEventFired");
  }

  /** What the page has asked the network for since it was opened, itself included. */
  get requests(): string[] {
    return this.#events
      .filter(({ method }) => method === "Network.requestWillBeSent")
      .map(({ params }) => (params as { request: { url: string } }).request.url);
  }

  /** What the browser found wrong with the page. */
  get complaints(): string[] {
    return this.#events
      .filter(({ method }) => method === "Log.entryAdded" || method === "Runtime.exceptionThrown")
      .map(({ params }) => JSON.stringify(params));
  }

  /** The value of an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#send<{
      result: { value: T };
      exceptionDetails?: { exception: { description: string } };
    }>("Runtime.evaluate", { expression, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception.description);
    return result.value;
  }

  /** What is seen, or a part of the whole page, as PNG. */
  async screenshot(clip?: {
    x: number;
    y: number;
    width: number;
    height: number;
  }): Promise<Buffer> {
    const { data } = await this.#send<{ data: string }>("Page.captureScreenshot", {
      captureBeyondViewport: clip !== undefined,
      ...(clip !== undefined && { clip: { ...clip, scale: 1 } }),
    });
    return Buffer.from(data, "base64");
  }

  /** On A4. */
  async pdf(): Promise<Buffer> {
    const { data } = await this.#send<{ data: string }>("Page.printToPDF", {
      paperWidth: 8.27,
      paperHeight: 11.69,
      printBackground: false,
    });
    return Buffer.from(data, "base64");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    // Its helpers may still be writing when it is gone.
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }

  async #send<T>(method: string, params: object = {}): Promise<T> {
    const id = ++this.#lastId;
    const answer = new Promise<Message>((resolve) => this.#waiting.set(id, resolve));
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    this.#socket.send(JSON.stringify({ id, method, params, ...session }));
    const { result, error } = await inTime(answer, method);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result as T;
  }

  async #event(name: string): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      this.#eventSeen = () => {
        if (this.#events.some(({ method }) => method === name)) resolve();
      };
      this.#eventSeen();
    });
    await inTime(seen, name);
  }

  #take(message: Message): void {
    if (message.id === undefined) {
      this.#events.push(message);
      this.#eventSeen();
    } else {
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    }
  }
}

async function debuggerAddress(stderr: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  const reader = stderr.getReader();
  for (;;) {
    const { value, done } = await inTime(reader.read(), "the start of Chromium");
    if (done) throw new Error(`Chromium ended:\n${text}`);
    text += decoder.decode(value, { stream: true });
    const address = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
    if (address !== undefined) return address;
  }
}

async function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`No ${what} in ${stepMsMax} ms`)), stepMsMax);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
