import { installFlags, type Recipe } from "./recipe.ts";

export const mkosi: Recipe = {
  name: "mkosi",
  summary: "mkosi.finalize, which mkosi(1) runs when all packages are in the image",
  text: (order) => `#!/bin/sh
# mkosi.finalize, executable, beside the configuration; it runs on this machine, not in the image.
set -eu
# Older versions of mkosi also call it for the image in which things are built.
[ "\${1:-final}" != build ] || exit 0
cd "\${SRCDIR:-.}"
echo '${order.sha256}  ${order.file}' | sha256sum -c -
${runnable(order.file)} install --root "$BUILDROOT"${installFlags(order)}
`,
};

/** A name without a slash would be looked for in PATH. */
function runnable(file: string): string {
  return file.includes("/") ? file : `./${file}`;
}
