/** What stands for commands that an agent does not have. Arguments: see Shell.run. */
import { scriptCode } from "./shell.ts";

const { absent, directory, symlink, otherThere, mismatch } = scriptCode;

/** Mode with type in hexadecimal digits, owner, group, size, time: GNU's and busybox's stat(1). */
const told = "'%f %u %g %s %h %y'";

/** Third argument: -L to follow a link. */
export const statScript = `
[ -e "$one" ] || { [ -z "$3" ] && [ -L "$one" ]; } || exit ${absent}
stat $3 -c ${told} "$one"`;

/** NUL after each name, newline after what it is. GNU's find knows it all by itself. */
export const listScript = `
[ -d "$one" ] && [ ! -L "$one" ] || exit ${absent}
find "$one/" -mindepth 1 -maxdepth 1 -printf '%f\\0%y %m %U %G %s %T@\\n' 2>/dev/null && exit 0
exit ${otherThere}`;

/** The same with what is on the smallest systems. */
export const slowListScript = `
for each in "$one"/* "$one"/.[!.]* "$one"/..?*; do
  [ -e "$each" ] || [ -L "$each" ] || continue
  printf '%s\\0' "\${each##*/}"; stat -c ${told} "$each" || exit 1
done`;

export const readLinkScript = `readlink -n "$one"`;

/** What it is, its SHA-256, and all of it. */
export const readWholeScript = `
[ -f "$one" ] && [ ! -L "$one" ] || exit ${absent}
stat -c ${told} "$one" && sha256sum < "$one" && cat "$one"`;

/** What is renamed must not come to lie in a folder that a link leads to. */
const rename = `
if [ -d "$two" ] && [ ! -L "$two" ]; then exit ${directory}; fi
mv -fT "$one" "$two" 2>/dev/null || { [ ! -d "$two" ] && mv -f "$one" "$two"; } || exit 1`;

/**
 * Arguments from the third on: mode in octal digits, seconds and nanoseconds, owner as UID:GID or nothing, and the mode that is
 * right where it gets another owner.
 */
const attributes = `
mode=$3; [ -z "$6" ] || chown "$6" "$one" || { echo owner; mode=$7; }
chmod "$mode" "$one" && { touch -d "@$4.$5" "$one" 2>/dev/null || touch -d "@$4" "$one"; } || exit 1`;

export const setAttributesScript = attributes;

/** Eighth argument: the SHA-256 that the input has. */
export const writeWholeScript = `
rm -f "$one"; set -C; cat > "$one" || exit 1
sum=$(sha256sum < "$one"); [ "\${sum%% *}" = "$8" ] || { rm -f "$one"; exit ${mismatch}; }
${attributes}
${rename}`;

export const finishScript = `
${attributes}
sync "$one" 2>/dev/null || sync
${rename}`;

/** Makes an empty file where there is none, and in the place of one whose owner could read what is written to it. */
export const openPartScript = `
[ ! -L "$one" ] || exit ${symlink}
[ ! -f "$one" ] || [ -O "$one" ] || rm -f "$one"
[ -e "$one" ] || { set -C; : > "$one"; } || exit 1
chmod 600 "$one" && stat -c ${told} "$one"`;

export const makeFolderScript = `
[ ! -L "$one" ] || exit ${symlink}
[ ! -d "$one" ] || exit 0
[ ! -e "$one" ] || exit ${otherThere}
mkdir -m 700 "$one"`;

/** Third argument: what the link says, as the first two are given. Then as for attributes, without a mode. */
export const makeLinkScript = `
said=$(printf '%b.' "$3"); said=\${said%.}
rm -f "$one"; ln -s "$said" "$one" || exit 1
[ -z "$6" ] || chown -h "$6" "$one" || echo owner
touch -h -d "@$4.$5" "$one" 2>/dev/null
${rename}`;

/** Third and fourth argument: how many bytes to leave out, less one of them, and how many to hash. */
export const hashScript = `
tail -c "+$3" "$one" | head -c "$4" | sha256sum`;

/** Third argument: bytes. */
export const setSizeScript = `truncate -s "$3" "$one" || dd of="$one" bs=1 count=0 seek="$3"`;

export const removeScript = `rm -f "$one"`;
