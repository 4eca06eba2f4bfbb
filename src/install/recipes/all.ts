import { containerfile } from "./containerfile.ts";
import { libvirt } from "./libvirt.ts";
import { mkosi } from "./mkosi.ts";
import { packer } from "./packer.ts";
import { proxmox } from "./proxmox.ts";
import type { Recipe } from "./recipe.ts";
import { virtCustomize } from "./virt-customize.ts";

export const recipes: readonly Recipe[] = [
  packer,
  virtCustomize,
  mkosi,
  containerfile,
  proxmox,
  libvirt,
];
