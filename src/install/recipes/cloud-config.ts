import { provisionScript } from "./provision-script.ts";
import type { GuestSource, RecipeOrder } from "./recipe.ts";

/**
 * Whatever is there runs at the first boot of an instance, independent of every `runcmd`: what others add neither hides a
 * failure, which `cloud-init status` shows by this name, nor is broken off by it.
 */
const scriptPath = "/var/lib/cloud/scripts/per-instance/guestwire";

/** The user-data with which cloud-init provisions the agent at the first boot. */
export function cloudConfig(order: RecipeOrder, source: GuestSource): string {
  return `#cloud-config
${about(source)}
write_files:
  - path: ${scriptPath}
    permissions: "0755"
    content: |
${indented(provisionScript(order, source), 6)}`;
}

function about(source: GuestSource): string {
  if (source.kind === "download") {
    return "# Provisions the guest agent guestwire at the first boot, over the network.";
  }
  return `# Provisions the guest agent guestwire at the first boot, without network, from the disk that this stands on:
#
#   guestwire cloud-init --seed > user-data
#   echo "instance-id: vm-1" > meta-data
#   cp "$(command -v guestwire)" guestwire
#   genisoimage -quiet -output seed.iso -volid ${source.label} -joliet -rock user-data meta-data guestwire
#
# Then give the machine seed.iso as a disk or a CD-ROM.`;
}

/** Lines of a literal block of YAML: nothing in them has a meaning as long as all are indented. */
function indented(text: string, columns: number): string {
  const margin = " ".repeat(columns);
  return text.replaceAll(/^(?=.)/gm, margin);
}
