#!/bin/sh
# Makes guestwire the guest agent of this machine: fetches the executable, checks its SHA-256 and has it install itself.
# Nothing of it runs before the sum is right, and nothing is done where this very executable is installed already.
set -eu
sum=@SHA256@
@SETTINGS@

fail() {
  echo "guestwire: $*" >&2
  exit 1
}

clean_up() {
  umount "$folder/disk" 2>/dev/null || :
  rm -rf "$folder"
}

# Once it is done, neither the next boot nor a clone of this machine has to think of it.
retire() {
  case $0 in /var/lib/cloud/scripts/*) rm -f "$0" ;; esac
}

@FETCH@

if grep -qs "$sum" /usr/lib/guestwire/manifest.json; then
  echo "guestwire: installed already, nothing to do"
  retire
  exit 0
fi

# cloud-init runs scripts below this folder, so programs run there; /tmp may forbid it.
folder=$(mktemp -d /var/lib/cloud/guestwire.XXXXXX)
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
program=$folder/guestwire
fetch

found=$(sha256sum <"$program")
found=${found%% *}
[ "$found" = "$sum" ] ||
  fail "the SHA-256 of $source is $found, not $sum; nothing was run or installed"
chmod 700 "$program"
status=0
"$program" install@FLAGS@ || status=$?
case $status in
  0) ;;
  132) fail "the processor is older than x86-64-v2; give this machine the model Nehalem or a later one" ;;
  *) fail "guestwire install ended with status $status" ;;
esac
retire
