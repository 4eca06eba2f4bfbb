/** Run by wrong-use.test.ts without the rights of root. */
import { runInstall, runUninstall } from "./run.ts";

for (const { code, stderr } of [await runInstall(), await runUninstall()]) {
  console.log(`${code} ${stderr}`);
}
