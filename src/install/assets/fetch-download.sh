download() {
  if command -v curl >/dev/null 2>&1; then
    curl --globoff --fail --silent --show-error --location --connect-timeout 20 --speed-limit 1 --speed-time 60 \
      --output "$program" "$url"
  elif command -v wget >/dev/null 2>&1; then
    wget -q -T 60 -O "$program" "$url"
  elif command -v python3 >/dev/null 2>&1; then
    python3 -c '
import shutil, sys, urllib.request
with urllib.request.urlopen(sys.argv[1], timeout=60) as source, open(sys.argv[2], "wb") as target:
    shutil.copyfileobj(source, target)
' "$url" "$program"
  else
    echo "there is no curl, no wget and no python3" >&2
    return 127
  fi
}

# The network may not be all there yet.
fetch() {
  for pause in 1 2 4 8 0; do
    status=0
    download 2>"$folder/complaint" || status=$?
    case $status in
      0) return ;;
      127) break ;;
    esac
    sleep "$pause"
  done
  complaint=$(tail -n 1 "$folder/complaint")
  fail "cannot fetch $source: ${complaint:-status $status}; nothing was installed"
}
