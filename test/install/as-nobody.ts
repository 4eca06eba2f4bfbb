/** Run by tests without the rights of root: what install and uninstall say with the arguments given. */
import { runInstall, runUninstall } from "./run.ts";

const args = process.argv.slice(2);
for (const { code, stderr } of [await runInstall(...args), await runUninstall(...args)]) {
  console.log(`${code} ${stderr}`);
}
