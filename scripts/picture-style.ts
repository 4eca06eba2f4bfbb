/** What pictures of terminals have in common. */

export interface Palette {
  readonly background: string;
  readonly border: string;
  readonly text: string;
  readonly muted: string;
  readonly blue: string;
  readonly green: string;
  readonly yellow: string;
  readonly red: string;
}

/** Each on the background of its own theme with a contrast of 4.5 at the least. */
const palettes: Readonly<Record<"light" | "dark", Palette>> = {
  light: {
    background: "#f6f8fa",
    border: "#d0d7de",
    text: "#1f2328",
    muted: "#59636e",
    blue: "#0550ae",
    green: "#116329",
    yellow: "#7d4e00",
    red: "#a40e26",
  },
  dark: {
    background: "#161b22",
    border: "#3d444d",
    text: "#e6edf3",
    muted: "#9198a1",
    blue: "#79c0ff",
    green: "#7ee787",
    yellow: "#e3b341",
    red: "#ff9492",
  },
};

/** The styles of the screen, and of the classes that `inks` gives their colours, on light and on dark pages. */
export function screenStyle(inks: (palette: Palette) => Readonly<Record<string, string>>): string {
  const styleOn = (palette: Palette) => {
    const fills = Object.entries(inks(palette)).map(([name, ink]) => `.${name}{fill:${ink}}`);
    return `.screen{fill:${palette.background};stroke:${palette.border}}${fills.join("")}`;
  };
  return `${styleOn(palettes.light)}
@media (prefers-color-scheme:dark){${styleOn(palettes.dark)}}`;
}

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
