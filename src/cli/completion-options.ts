/** What a completion script calls guestwire with; the words follow, the one that is being typed last. */
export const completeSubcommand = "__complete";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

export const completionUsage = `Usage: guestwire completion bash|zsh|fish

Prints what makes a shell complete subcommands, their options, and commands of the agent with their arguments.

  bash        eval "$(guestwire completion bash)" in ~/.bashrc
  zsh         eval "$(guestwire completion zsh)" in ~/.zshrc, behind compinit
  fish        guestwire completion fish | source in config.fish

Exit codes: 0 done, 125 wrong use.
`;
