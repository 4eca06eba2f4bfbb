/** What `guestwire cloud-init` and `guestwire snippet` have in common. */
import { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { OpenFlag } from "../../native/structs.ts";
import { describe } from "../install/carry-out.ts";
import { hashFile } from "../install/content.ts";
import { InstallError } from "../install/install-error.ts";
import { RecipeError, type RecipeOrder } from "../install/recipes/recipe.ts";
import { readExecutable } from "../linux/elf.ts";
import { installExit } from "./install-options.ts";
import type { Io } from "./io.ts";
import type { RecipeCall } from "./recipe-options.ts";

const ownExecutable = "/proc/self/exe";
const fileDefault = "guestwire";

/** Prints the text that is made of a call; answers the exit code. */
export function printRecipe(
  subcommand: string,
  call: RecipeCall,
  io: Io,
  text: (order: RecipeOrder) => string,
): number {
  try {
    io.stdout(text(orderOf(call)));
    return installExit.done;
  } catch (error) {
    if (error instanceof RecipeError) {
      io.stderr(`guestwire ${subcommand}: ${error.message}\n`);
      return installExit.usage;
    }
    if (!(error instanceof SysError) && !(error instanceof InstallError)) throw error;
    io.stderr(`guestwire ${subcommand}: ${describe(error)}\n`);
    return installExit.failed;
  }
}

function orderOf({ sha256, binary, source, replacesQemuGa, profile }: RecipeCall): RecipeOrder {
  return {
    sha256: sha256 ?? sumOf(binary ?? ownExecutable),
    file: binary ?? fileDefault,
    source,
    replacesQemuGa,
    profile,
  };
}

/** @throws InstallError, SysError */
function sumOf(path: string): string {
  using file = Fd.open(path, OpenFlag.O_RDONLY | OpenFlag.O_NONBLOCK);
  if (file.stat().type !== "file" || readExecutable(file) === null) {
    throw new InstallError(`"${path}" is no executable of Linux`);
  }
  return hashFile(file).sha256;
}
