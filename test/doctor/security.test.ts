import { config, describeCases, noAgent } from "./guest-cases.ts";

describeCases("confinement", [
  {
    title: "an agent without CAP_SYS_ADMIN",
    change: {
      "/proc/700/status":
        "Uid:\t0\t0\t0\t0\nCapEff:\t000001ffffdfffff\nSeccomp:\t0\nNoNewPrivs:\t0\n",
    },
    id: "privileges",
    status: "failure",
    seen: /without CAP_SYS_ADMIN: the host cannot freeze and trim/,
  },
  {
    title: "an agent behind a filter of system calls",
    change: {
      "/proc/700/status": "Uid:\t0\nCapEff:\t000001ffffffffff\nSeccomp:\t2\nNoNewPrivs:\t1\n",
    },
    id: "privileges",
    status: "warning",
    seen: /seccomp/,
  },
  {
    title: "an agent with no_new_privs",
    change: {
      "/proc/700/status": "Uid:\t0\nCapEff:\t000001ffffffffff\nSeccomp:\t0\nNoNewPrivs:\t1\n",
    },
    id: "privileges",
    status: "info",
    seen: /no_new_privs/,
  },
  {
    title: "an agent in the sandbox of its policy",
    change: {
      "/etc/guestwire/policy.toml": 'profile = "audit"\n',
      "/proc/700/status": "Uid:\t0\nCapEff:\t0000000000000000\nSeccomp:\t2\nNoNewPrivs:\t1\n",
    },
    id: "privileges",
    status: "ok",
    seen: /in a sandbox, with what audit needs$/,
  },
  {
    title: "a sandbox that is too small for the policy",
    change: {
      "/etc/guestwire/policy.toml": 'profile = ["fs", "power"]\n',
      "/proc/700/status": "Uid:\t0\nCapEff:\t0000000000000000\nSeccomp:\t2\nNoNewPrivs:\t1\n",
    },
    id: "privileges",
    status: "failure",
    seen: /^user 0 without CAP_SYS_ADMIN: the host cannot freeze and trim$/,
    advice: /--profile/,
  },
  {
    title: "a policy without a sandbox",
    change: { "/etc/guestwire/policy.toml": 'profile = "audit"\n' },
    id: "privileges",
    status: "info",
    seen: /more than audit needs$/,
    advice: /--profile/,
  },
  {
    title: "no policy",
    change: {},
    id: "policy",
    status: "ok",
    seen: /^there is no \/etc\/guestwire\/policy\.toml: the host may do everything$/,
  },
  {
    title: "a policy that can be obeyed",
    change: { "/etc/guestwire/policy.toml": 'profile = ["fs", "power"]\n' },
    id: "policy",
    status: "ok",
    seen: /^\/etc\/guestwire\/policy\.toml, profile fs, power$/,
  },
  {
    title: "a policy that is broken",
    change: { "/etc/guestwire/policy.toml": 'profile = "fs"\nfile = 1\n' },
    id: "policy",
    status: "failure",
    seen: /cannot be used, so that the agent answers only who it is: line 2: file: there is no such key$/,
  },
  {
    title: "a policy that is named and not there",
    change: config("policy=/etc/none.toml\n"),
    id: "policy",
    status: "failure",
    seen: /^\/etc\/none\.toml cannot be used.*No such file or directory$/,
  },
  {
    title: "a policy that says what is hardly meant",
    change: { "/etc/guestwire/policy.toml": 'profile = "exec"\n' },
    id: "policy",
    status: "warning",
    seen: /no program may be run$/,
  },
  {
    title: "SELinux in the domain for guest agents, with a boolean off",
    change: {
      "/sys/fs/selinux/enforce": "1",
      "/sys/fs/selinux/booleans/virt_qemu_ga_read_nonsecurity_files": "0 0",
      "/sys/fs/selinux/booleans/virt_qemu_ga_manage_ssh": "1 1",
      "/proc/700/attr/current": "system_u:system_r:virt_qemu_ga_t:s0\0",
    },
    id: "selinux",
    status: "warning",
    seen: /virt_qemu_ga_t, in which the host cannot freeze and trim at every mount point$/,
    advice: /^setsebool -P virt_qemu_ga_read_nonsecurity_files on\. /,
  },
  {
    title: "SELinux in a domain without confines",
    change: {
      "/sys/fs/selinux/enforce": "1",
      "/proc/700/attr/current": "system_u:system_r:unconfined_service_t:s0\0",
    },
    id: "selinux",
    status: "ok",
    seen: /enforcing; the agent runs in unconfined_service_t$/,
  },
  {
    title: "what SELinux has denied",
    change: {
      "/sys/fs/selinux/enforce": "1",
      "/var/log/audit/audit.log":
        `type=AVC msg=audit(1.1:1): avc:  denied  { read } for  pid=1 comm="qemu-ga" name="x" tclass=file\n` +
        `${"type=USER_AUTH msg=audit(1.2:2)\n".repeat(40_000)}` +
        `type=AVC msg=audit(1.3:3): avc:  denied  { getattr } for  pid=749 comm="guestwire" path="/dev/vda5" dev="devtmpfs" scontext=system_u:system_r:virt_qemu_ga_t:s0 tclass=blk_file permissive=0\n` +
        `type=AVC msg=audit(1.4:4): avc:  denied  { write } for  pid=9 comm="other" name="y" tclass=file\n`,
    },
    id: "selinux-denials",
    status: "warning",
    seen: /^in \/var\/log\/audit\/audit\.log: getattr of blk_file \/dev\/vda5$/,
  },
  {
    title: "SELinux that has denied nothing",
    change: { "/sys/fs/selinux/enforce": "1", "/var/log/audit/audit.log": "" },
    id: "selinux-denials",
    status: "ok",
    seen: /^nothing/,
  },
  {
    title: "SELinux that only watches",
    change: { "/sys/fs/selinux/enforce": "0" },
    id: "selinux",
    status: "ok",
    seen: /permissive/,
  },
  {
    title: "a profile of AppArmor",
    change: {
      "/sys/module/apparmor/parameters/enabled": "Y\n",
      "/proc/700/attr/apparmor/current": "guestwire (enforce)\n",
    },
    id: "apparmor",
    status: "warning",
    seen: /guestwire \(enforce\)/,
  },
  {
    title: "AppArmor without a profile",
    change: {
      "/sys/module/apparmor/parameters/enabled": "Y\n",
      "/proc/700/attr/current": "unconfined\n",
    },
    id: "apparmor",
    status: "ok",
    seen: /lets the agent be/,
  },
  {
    title: "SELinux enforcing, and no agent to look at",
    change: { ...noAgent, "/sys/fs/selinux/enforce": "1" },
    id: "selinux",
    status: "info",
    seen: /^SELinux is enforcing$/,
    advice: /while the agent runs/,
  },
  {
    title: "AppArmor, and no agent to look at",
    change: { ...noAgent, "/sys/module/apparmor/parameters/enabled": "Y\n" },
    id: "apparmor",
    status: "info",
    seen: /^AppArmor is active$/,
  },
]);
