import { completeSubcommand, completionUsage, type Shell, shells } from "./completion-options.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";

/** Runs `guestwire completion`; answers the exit code. */
export async function printCompletion(args: readonly string[], io: Io): Promise<number> {
  const [name = "", ...more] = args;
  if (["--help", "-h"].includes(name)) {
    io.stdout(completionUsage);
    return exitCode.done;
  }
  const shell = shells.find((each) => each === name);
  if (shell === undefined || more.length > 0) {
    io.stderr(`guestwire completion: one of ${shells.join(", ")} is needed\n\n${completionUsage}`);
    return exitCode.usage;
  }
  io.stdout(scripts[shell]);
  return exitCode.done;
}

/** Each asks guestwire itself, and takes the names of files where it knows nothing. */
const scripts: Readonly<Record<Shell, string>> = {
  bash: `_guestwire() {
  local IFS=$'\\n'
  COMPREPLY=($(guestwire ${completeSubcommand} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [[ \${#COMPREPLY[@]} -ne 1 || \${COMPREPLY[0]} != *[=:] ]] || compopt -o nospace
}
complete -o default -F _guestwire guestwire
`,
  zsh: `_guestwire() {
  local -a found
  found=("\${(@f)$(guestwire ${completeSubcommand} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -z $found[1] ]]; then
    _files
  else
    compadd -S '' -- \${(M)found:#*[=:]}
    compadd -- \${found:#*[=:]}
  fi
}
compdef _guestwire guestwire
`,
  fish: `function __guestwire_complete
  set -l words (commandline -opc) (commandline -ct)
  guestwire ${completeSubcommand} $words[2..-1] 2>/dev/null
end
complete -c guestwire -n 'test (count (__guestwire_complete)) -gt 0' -f -a '(__guestwire_complete)'
`,
};
