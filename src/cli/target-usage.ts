/** What each subcommand's help says of TARGET. */
export const targetUsage = `TARGET is one of:
  PATH                     the host's end of the agent's channel, a unix socket
  ID, proxmox:ID           a machine of Proxmox VE: /var/run/qemu-server/ID.qga
  NAME, libvirt:NAME       a domain of libvirt's, through virsh
  libvirt:URI/NAME         the same of another libvirt, such as
                           libvirt:qemu+ssh://root@host/system/web
  ssh:[USER@]HOST[:PORT]:/SOCKET
                           a socket on another host, through ssh, which must not
                           have to ask for anything
  vsock:CID:PORT           an agent that listens on vsock
  -, or none               what GUESTWIRE_TARGET or QGA_CLIENT_ADDRESS says
`;
