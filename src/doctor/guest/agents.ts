import { installedPackage } from "../../linux/packages.ts";
import { deletedSuffix } from "../../linux/processes.ts";
import type { Service } from "../../linux/services.ts";
import { type Check, failure, info, listed, ok, skipped, warning } from "../finding.ts";
import type { RunningAgent, System } from "../system.ts";
import { hasChannel } from "./port.ts";

const topic = "Agent";

/** How the service that runs a process is called, by its control group (cgroups(7)). */
function unitOf(system: System, { pid }: RunningAgent): string | null {
  const groups = system.tree.text(`/proc/${pid}/cgroup`) ?? "";
  return /\/([^/\n]+\.service)$/m.exec(groups)?.[1] ?? null;
}

function describe(system: System, agent: RunningAgent): string {
  const unit = unitOf(system, agent);
  const file = agent.executable ?? agent.argv[0] ?? "a hidden file";
  return `${file} (${agent.pid}${unit === null ? "" : `, of ${unit}`})`;
}

export const running: Check<System> = {
  id: "agent",
  topic,
  expected: "one guestwire runs",
  look(system) {
    const ours = system.agents.filter(({ kind }) => kind === "guestwire");
    const [first] = ours;
    if (first === undefined) {
      if (!hasChannel(system)) return skipped("none runs, and there is no port for one");
      const service = system.services.find(({ kind }) => kind === "guestwire");
      return failure("no guestwire runs", startAdvice(service));
    }
    if (ours.length === 1) return ok(describe(system, first));
    return warning(
      `more than one runs: ${listed(ours.map((each) => describe(system, each)))}`,
      "stop all but one, unless each has a channel of its own",
    );
  },
};

function startAdvice(service: Service | undefined): string {
  if (service === undefined) return "start it, and have a service do so at every boot";
  const { manager, name } = service;
  switch (manager) {
    case "systemd":
      return service.isMasked
        ? `systemctl unmask ${name}, then systemctl start ${name}`
        : `systemctl start ${name}; where that fails, journalctl -u ${name} tells why`;
    case "OpenRC":
      return `rc-service ${name} start`;
    case "runit":
      return `sv up ${name}`;
    default:
      return `start it by ${service.path}`;
  }
}

export const file: Check<System> = {
  id: "agent-file",
  topic,
  expected: "the agent runs from the file that is installed, of the doctor's version",
  needs: ["agent"],
  look(system) {
    const { agent } = system;
    if (agent === null) return skipped("no guestwire runs");
    const name = agent.executable;
    if (name === null) return skipped("its file is hidden from this user; run it as root");
    if (name.endsWith(deletedSuffix)) {
      return warning(
        `${name.slice(0, -deletedSuffix.length)} was replaced after process ${agent.pid} had started`,
        "restart the agent's service, so that the installed version runs",
      );
    }
    const theirs = system.tree.status(`/proc/${agent.pid}/exe`);
    const own = system.tree.root === "" ? system.tree.status("/proc/self/exe") : null;
    if (own === null || theirs === null) return ok(name);
    if (own.dev === theirs.dev && own.ino === theirs.ino)
      return ok(`${name}, the doctor's own file`);
    return info(
      `${name}, which is another file than the doctor's; ${name} --version tells its version`,
    );
  },
};

export const service: Check<System> = {
  id: "agent-service",
  topic,
  expected: "a service starts guestwire at every boot, or when the port comes",
  look(system) {
    const { manager } = system;
    const ours = system.services.filter(({ kind }) => kind === "guestwire");
    const [first] = ours;
    if (first === undefined) {
      const seen = `${manager} knows no service that starts guestwire`;
      const { agent } = system;
      const unit = agent === null ? null : unitOf(system, agent);
      if (unit !== null) return info(`the agent runs as ${unit}, of which no file was found`);
      return agent === null
        ? warning(seen, "install one, or it will not run")
        : info(`${seen}; the running one was started by something else`);
    }
    const enabled = ours.find(({ enabledBy }) => enabledBy !== null);
    if (enabled !== undefined) return ok(`${enabled.path}, started by ${enabled.enabledBy}`);
    const state = first.isMasked ? "masked" : "not enabled";
    return warning(`${first.path} is ${state}`, enableAdvice(first));
  },
};

function enableAdvice({ manager, name, isMasked }: Service): string {
  switch (manager) {
    case "systemd":
      return isMasked ? `systemctl unmask ${name}` : `systemctl enable --now ${name}`;
    case "OpenRC":
      return `rc-update add ${name} default`;
    case "runit":
      return `ln -s /etc/sv/${name} /etc/service/`;
    default:
      return `have ${manager} start ${name} at boot`;
  }
}

export const otherAgent: Check<System> = {
  id: "other-agent",
  topic,
  expected: "no other guest agent runs",
  look(system) {
    const others = system.agents.filter(({ kind }) => kind === "qemu-ga");
    if (others.length === 0) return ok("none runs");
    const seen = `qemu-ga runs: ${listed(others.map((each) => describe(system, each)))}`;
    const units = others.flatMap((each) => unitOf(system, each) ?? []);
    const how = units.length === 0 ? "end it" : `systemctl disable --now ${units.join(" ")}`;
    return failure(seen, `one of the two has the port, and the other cannot start: ${how}`);
  },
};

export const otherService: Check<System> = {
  id: "other-service",
  topic,
  expected: "nothing starts another guest agent",
  look(system) {
    const others = system.services.filter(({ kind }) => kind === "qemu-ga");
    const enabled = others.find(({ enabledBy }) => enabledBy !== null);
    if (enabled !== undefined) {
      const how =
        enabled.manager === "systemd"
          ? `systemctl mask --now ${enabled.name}`
          : `take it out of what ${enabled.manager} starts`;
      return warning(
        `${enabled.path} starts ${enabled.program ?? "qemu-ga"}, by way of ${enabled.enabledBy}`,
        `whichever comes first gets the port: ${how}`,
      );
    }
    const [first] = others;
    if (first === undefined) return ok("none is installed");
    return ok(`${first.path} is ${first.isMasked ? "masked" : "not enabled"}`);
  },
};

export const otherPackage: Check<System> = {
  id: "other-package",
  topic,
  expected: "the package of qemu-ga is not installed, or not in use",
  look(system) {
    const found = installedPackage(system.tree, "qemu-guest-agent");
    const paths = ["/usr/sbin/qemu-ga", "/usr/bin/qemu-ga"];
    const path = paths.find((each) => system.tree.exists(each) && !system.isOurs(each, each));
    if (found !== null) return info(`${found} is installed`, "its updates may start it again");
    return path === undefined ? ok("it is not installed") : info(`${path} is another agent`);
  },
};
