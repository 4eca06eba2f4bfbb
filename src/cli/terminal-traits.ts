import type { Characters } from "../client/watch/gauges.ts";

function isTerminal(): boolean {
  return process.getBuiltinModule("node:tty").isatty(1);
}

/** Whether standard output is a terminal that obeys control sequences. */
export function isFullTerminal(): boolean {
  return isTerminal() && process.env.TERM !== "dumb";
}

/** https://no-color.org */
export function isColoured(): boolean {
  return (process.env.NO_COLOR ?? "") === "" && isFullTerminal();
}

/** What the locale lets be shown: locale(7) says which variable counts. */
export function characters(): Characters {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  const locale = [LC_ALL, LC_CTYPE, LANG].find((each) => each !== undefined && each !== "") ?? "";
  return /utf-?8/i.test(locale) ? "unicode" : "ascii";
}
