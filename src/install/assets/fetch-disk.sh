find_disk() {
  for label in @LABELS@; do
    if [ -e "/dev/disk/by-label/$label" ]; then
      echo "/dev/disk/by-label/$label"
      return 0
    fi
    findfs "LABEL=$label" 2>/dev/null && return 0
  done
  return 1
}

fetch() {
  disk=$(find_disk) || fail "there is no disk with the label @LABEL@; nothing was installed"
  mkdir "$folder/disk"
  mount -o ro "$disk" "$folder/disk" || fail "cannot mount $disk; nothing was installed"
  # A copy runs whatever the disk says of its mode, and is what the sum was taken of.
  cp "$folder/disk/guestwire" "$program" || fail "cannot copy $source; nothing was installed"
  umount "$folder/disk"
}
