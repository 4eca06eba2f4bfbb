// As much as is used here of two parsers that come without types.

declare module "jsonparse" {
  export default class JsonParse {
    readonly stack: readonly unknown[];
    onValue: (value: unknown) => void;
    write(bytes: Buffer): void;
  }
}

declare module "clarinet" {
  interface Parser {
    /** With the object's first key. */
    onopenobject: (key?: string) => void;
    onerror: (error: Error) => void;
    write(text: string): void;
    close(): void;
  }
  const clarinet: { MAX_BUFFER_LENGTH: number; parser(): Parser };
  export default clarinet;
}
