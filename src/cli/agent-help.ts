/** The help of the agent. Every option is in it, which a test checks. */
export function agentHelp(calledAs: string): string {
  return `Usage: ${calledAs} [OPTION]...
       guestwire call SOCKET COMMAND [JSON]

In a guest, without a subcommand: the QEMU guest agent, with qemu-ga's options. On a host, guestwire call talks to any
guest agent (guestwire call --help).

Channel
  -m, --method METHOD       virtio-serial (default), isa-serial, unix-listen or vsock-listen
  -p, --path PATH           device, socket, or <cid>:<port> for vsock-listen; by default
                            /dev/virtio-ports/org.qemu.guest_agent.0 or /dev/ttyS0
  -r, --retry-path          try again every five seconds when the channel cannot be opened or is lost

Commands
  -b, --block-rpcs LIST     commands to refuse, comma-separated; "help" lists all there are (also --blacklist)
  -a, --allow-rpcs LIST     the only commands to allow
  -F, --fsfreeze-hook[=PATH]
                            program to run around freezing; without PATH /etc/qemu/fsfreeze-hook

Process
  -d, --daemonize           go to the background once the channel is open
  -f, --pidfile PATH        pid file of the daemon (/var/run/qemu-ga.pid)
  -t, --statedir DIR        where the agent keeps its state; has to exist (/var/run)
  -l, --logfile PATH        log file; otherwise stderr
  -v, --verbose             log everything, not only errors

Configuration
  -c, --config PATH         configuration file, which has to exist; otherwise $QGA_CONF, else
                            /etc/qemu/qemu-ga.conf if it exists
  -D, --dump-conf           print the configuration in force and exit
  -h, --help                print this and exit
  -V, --version             print the version and exit
  -s, --service VERB        for Windows; ignored
`;
}
