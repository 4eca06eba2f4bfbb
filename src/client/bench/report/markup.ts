const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text, also of an agent that means ill, as text of a page or value of an attribute. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => escapes[char] as string);
}

export type Attributes = Readonly<Record<string, string | number>>;

/** An element around markup; numbers are rounded to hundredths. */
export function element(name: string, attributes: Attributes, inner = ""): string {
  const written = Object.entries(attributes).map(([attribute, value]) => {
    const text = typeof value === "number" ? String(Math.round(value * 100) / 100) : value;
    return ` ${attribute}="${escaped(text)}"`;
  });
  return `<${name}${written.join("")}>${inner}</${name}>`;
}
