import { provisionScript } from "./provision-script.ts";
import { type Recipe, RecipeError } from "./recipe.ts";

export const proxmox: Recipe = {
  name: "proxmox",
  summary: "vendor data for the cloud-init drive of Proxmox VE",
  text(order) {
    const { source } = order;
    if (source === null) {
      throw new RecipeError(
        "give --url, or --label of a disk that has the executable as guestwire",
      );
    }
    const [first, ...rest] = provisionScript(order, source).split("\n");
    // A script, since a list in somebody's user-data, such as runcmd, would take the place of one in vendor data.
    return [
      first,
      "# Vendor data for cloud-init, beside whatever user-data the machine has. Save it as a snippet of a storage:",
      "#",
      "#   /var/lib/vz/snippets/guestwire.sh",
      "#   qm set VMID --agent enabled=1 --cpu x86-64-v2-AES --cicustom vendor=local:snippets/guestwire.sh",
      "#",
      ...rest,
    ].join("\n");
  },
};
