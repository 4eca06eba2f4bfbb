#!/bin/sh
# Serves the host over a port of its own. A request is a line of words, a reply is one line:
#   <status> <base64 of standard output> <base64 of standard error>
# A word that may be empty is sent as "-".
#
#   run <base64 of a script>            runs the script to its end
#   start <name> <base64 of a script>   starts it in the background and replies its process id
#   wait <name> <tenths of a second>    waits for that process to end; status 0 and its exit status on standard output,
#                                       or status 1 when it is still running
# Processes are started from here and not from the scripts, so that their exit status can be waited for.

export PATH=/bin:/sbin:/usr/bin:/usr/sbin
export HOME=/
cd /

reply() {
  out=$(base64 /run/kit/out | tr -d '\n')
  err=$(base64 /run/kit/err | tr -d '\n')
  echo "$1 ${out:--} ${err:--}" >&3
}

running() {
  # A child that ended stays a zombie until it is waited for.
  [ -d "/proc/$1" ] && ! grep -q '^State:.Z' "/proc/$1/status"
}

exec 3<>"/dev/virtio-ports/$(cat /kit/shell-port)"
echo ready >&3

while :; do
  # A read finds the end of the file only while the host is not connected yet.
  if ! read -r verb first second <&3; then
    usleep 10000
    continue
  fi
  : >/run/kit/out
  : >/run/kit/err
  case "$verb" in
  run)
    echo "$first" | base64 -d >/run/kit/script
    sh /run/kit/script </dev/null >/run/kit/out 2>/run/kit/err 3>&-
    reply $?
    ;;
  start)
    echo "$second" | base64 -d >"/run/kit/$first.sh"
    sh "/run/kit/$first.sh" </dev/null >>"/run/kit/$first.log" 2>&1 3>&- &
    echo $! >"/run/kit/$first.pid"
    echo $! >/run/kit/out
    reply 0
    ;;
  wait)
    pid=$(cat "/run/kit/$first.pid")
    left=$second
    while [ "$left" -gt 0 ] && running "$pid"; do
      usleep 100000
      left=$((left - 1))
    done
    if running "$pid"; then
      reply 1
    else
      wait "$pid"
      echo $? >/run/kit/out
      reply 0
    fi
    ;;
  *)
    echo "unknown request: $verb" >/run/kit/err
    reply 127
    ;;
  esac
done
