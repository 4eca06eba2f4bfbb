/** What `--help` prints, for the name the program was called by. Hand-written; a test asks for every option in it. */
export function helpText(program: string): string {
  return `Usage: ${program} [-m METHOD] [-p PATH] [OPTION]...
Guest agent: answers the host's requests over a channel of the virtual machine.

Channel
  -m, --method=METHOD     virtio-serial (default), isa-serial, unix-listen
                          or vsock-listen
  -p, --path=PATH         device or socket. Default for virtio-serial:
                          /dev/virtio-ports/org.qemu.guest_agent.0,
                          for isa-serial: /dev/ttyS0. A vsock address is
                          written CID:PORT
  -r, --retry-path        wait for the path when it is missing, and open it
                          again when it breaks

What the host may do
  -b, --block-rpcs=LIST   refuse these commands: names with commas between,
                          no blanks; "help" lists all names
  -a, --allow-rpcs=LIST   refuse all other commands
      --blacklist=LIST    old spelling of --block-rpcs
  -F, --fsfreeze-hook[=PATH]
                          run a program with "freeze" before file systems are
                          frozen and with "thaw" after they are thawed.
                          Default: /etc/qemu/fsfreeze-hook. The short form
                          takes its path without a blank: -F/path.
                          Each run may take 600 seconds, or what the key
                          fsfreeze-hook-timeout of the configuration file says
      --freeze-timeout=SECONDS
                          thaw by itself so long after a freeze began; the
                          host is told of it by an error of its next thaw.
                          Default: never. A freeze, and a thaw, may take 120
                          seconds, or what the key fsfreeze-deadline says
      --file-mode=MODE    octal mode of files that guest-file-open makes,
                          whatever the umask. Default: 0600
      --policy=PATH       rules for what the host may do, which have to exist.
                          Default: /etc/guestwire/policy.toml, if it exists

Files
  -c, --config=PATH       configuration file, which has to exist. Default:
                          $QGA_CONF, else /etc/qemu/qemu-ga.conf
  -t, --statedir=DIR      folder for state, absolute. Default: /var/run
  -f, --pidfile=PATH      with -d: file for the process number.
                          Default: /var/run/qemu-ga.pid
  -l, --logfile=PATH      append the log here instead of writing to stderr
      --log-format=FORMAT text (default), or json: one object a line
      --audit-log=PATH    append a line of JSON for each command that does more
                          than look. "journal" sends it to the system log. See
                          guestwire audit --help

Running
  -d, --daemonize         run in the background
  -v, --verbose           log everything, not errors alone
  -D, --dump-conf         print the configuration these options and files make
  -V, --version           print the version
  -h, --help              print this

  -s ARGUMENT             accepted and ignored (services exist on Windows only)

On a host the same program is a client of any guest agent:
  guestwire call TARGET COMMAND [JSON]     see guestwire call --help
  guestwire exec TARGET -- PROGRAM...      see guestwire exec --help
  guestwire freeze TARGET -- COMMAND...    see guestwire freeze --help
  guestwire wait TARGET                    see guestwire wait --help
  guestwire info|fs|net|ps TARGET          see guestwire info --help
  guestwire bench SOCKET [--vs SOCKET]     see guestwire bench --help

It makes itself the agent of this system, or of an unpacked image:
  guestwire install [--root DIR]           see guestwire install --help
  guestwire uninstall [--root DIR]         see guestwire uninstall --help

It checks and tries policies, which say what hosts may do:
  guestwire policy check | test | print    see guestwire policy --help
It tells whether an audit log is whole, and what of it is not:
  guestwire audit verify FILE...           see guestwire audit --help

It tells what keeps an agent from working, in a guest, on a host, in an image:
  guestwire doctor [SOCKET | --root DIR]   see guestwire doctor --help

It tells what a freeze would freeze in a guest, and what not:
  guestwire freeze-plan                    see guestwire freeze-plan --help

It prints and makes what brings it into many guests and images:
  guestwire cloud-init --url URL           see guestwire cloud-init --help
  guestwire snippet [NAME]                 see guestwire snippet --help
  guestwire sysext                         see guestwire sysext --help
`;
}
