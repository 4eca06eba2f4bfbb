import { installFlags, type Recipe } from "./recipe.ts";

export const virtCustomize: Recipe = {
  name: "virt-customize",
  summary: "a command line of virt-customize(1) for an image of any format",
  text: (order) => `#!/bin/sh
# sh THIS IMAGE
virt-customize --add "$1" \\
  --upload ${order.file}:/usr/bin/guestwire-new \\
  --run-command 'echo "${order.sha256}  /usr/bin/guestwire-new" | sha256sum -c -' \\
  --chmod 0755:/usr/bin/guestwire-new \\
  --run-command '/usr/bin/guestwire-new install --no-start${installFlags(order)}' \\
  --delete /usr/bin/guestwire-new \\
  --selinux-relabel
`,
};
