import { installFlags, type Recipe } from "./recipe.ts";

export const packer: Recipe = {
  name: "packer",
  summary: "provisioners of a Packer template (HCL)",
  text: (order) => `# Into the build block of a Packer template.
provisioner "file" {
  source      = "${order.file}"
  destination = "/tmp/guestwire"
}

provisioner "shell" {
  inline = [
    "echo '${order.sha256}  /tmp/guestwire' | sha256sum -c -",
    "chmod 755 /tmp/guestwire",
    "if [ \\"$(id -u)\\" = 0 ]; then sudo=; else sudo='sudo -n'; fi",
    "$sudo /tmp/guestwire install${installFlags(order)}",
    "rm -f /tmp/guestwire",
  ]
}
`,
};
