/** Commands whose arguments are nobody's to read later: passwords, and keys with the names of those they let in. */
const commands = /\bguest-set-user-password\b|\bguest-ssh-(?:get|add|remove)-authorized-keys\b/;

/** Arguments that may hold secrets in whatever command: contents of files, input and environment of programs. */
const keys = /passw|secret|token|\bkeys\b|\benv\b|input-data|buf-b64/i;

/** Whether a line is kept in no history. As in shells, a blank in front says so, too. */
export function isSecret(line: string): boolean {
  return line.startsWith(" ") || commands.test(line) || keys.test(line);
}
