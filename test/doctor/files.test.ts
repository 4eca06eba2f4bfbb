import { config, describeCases } from "./guest-cases.ts";

describeCases("files", [
  {
    title: "a configuration that is none",
    change: { "/etc/qemu/qemu-ga.conf": "no group\n" },
    id: "config",
    status: "failure",
    seen: /error loading configuration/,
  },
  {
    title: "a misspelt command in the configuration",
    change: config("block-rpcs=guest-exce\n"),
    id: "config",
    status: "warning",
    seen: /did you mean 'guest-exec'/,
  },
  {
    title: "no state folder",
    change: config("statedir=/var/lib/none\n"),
    id: "state-folder",
    status: "failure",
    seen: /there is no \/var\/lib\/none/,
  },
  {
    title: "no folder for the log",
    change: config("logfile=/var/log/none/x.log\n"),
    id: "log-file",
    status: "failure",
    seen: /there is no \/var\/log\/none/,
  },
  {
    title: "no folder for the audit log",
    change: config("audit-log=/var/log/none/audit\n"),
    id: "audit-log",
    status: "failure",
    seen: /there is no \/var\/log\/none/,
  },
  {
    title: "an audit log that others can read",
    change: { ...config("audit-log=/var/log/audit\n"), "/var/log/audit": "" },
    id: "audit-log",
    status: "warning",
    seen: /others can read or write/,
  },
]);
