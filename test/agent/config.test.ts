import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import {
  type Config,
  ConfigError,
  combine,
  configKeys,
  defaultConfig,
  dumpConfig,
  readNames,
  type Settings,
  withChannel,
} from "../../src/agent/config.ts";
import { loadConfig } from "../../src/agent/config-file.ts";
import { lackOf, qemuGa } from "../differential/binaries.ts";
import { glibMessage, runQemuGa } from "./reference.ts";
import { Scratch } from "./scratch.ts";

describe("combine", () => {
  test("lets the command line overrule the file and the file the defaults", () => {
    const config = combine(
      { method: "isa-serial", path: "/file", verbose: true },
      { path: "/line", daemonize: true },
    );
    const expected: Config = {
      ...defaultConfig,
      method: "isa-serial",
      path: "/line",
      verbose: true,
      daemonize: true,
    };
    expect(config).toEqual(expected);
  });

  test("adds up the lists", () => {
    const config = combine(
      { blockRpcs: ["a"], allowRpcs: ["x"] },
      { blockRpcs: ["b", "a"], allowRpcs: ["y"] },
    );
    expect(config.blockRpcs).toEqual(["a", "b", "a"]);
    expect(config.allowRpcs).toEqual(["x", "y"]);
  });
});

describe("withChannel", () => {
  test.each([
    ["virtio-serial", "/dev/virtio-ports/org.qemu.guest_agent.0"],
    ["isa-serial", "/dev/ttyS0"],
  ])("gives %s its default path", (method, path) => {
    expect(withChannel(combine({}, { method }), null).path).toBe(path);
  });

  test.each(["unix-listen", "vsock-listen", "nonsense", ""])(
    "asks for a path with method %j",
    (method) => {
      const config = combine({}, { method });
      expect(() => withChannel(config, null)).toThrow(
        new ConfigError("must specify a path for this channel"),
      );
      expect(withChannel({ ...config, path: "/x" }, null).path).toBe("/x");
    },
  );

  test("lets a passed socket stand above method and path", () => {
    const config = combine({}, { method: "isa-serial", path: "/x" });
    expect(withChannel(config, "unix-listen")).toEqual({
      ...config,
      method: "unix-listen",
      path: null,
    });
  });
});

describe("readNames", () => {
  test("keeps blanks and empty names, and finds none in an empty list", () => {
    expect(readNames("a, b,,c")).toEqual(["c", "", " b", "a"]);
    expect(readNames("")).toEqual([]);
  });
});

describe("dumpConfig", () => {
  test("prints the defaults", () => {
    expect(dumpConfig(withChannel(defaultConfig, null))).toBe(`[general]
daemon=false
method=virtio-serial
path=/dev/virtio-ports/org.qemu.guest_agent.0
pidfile=/var/run/qemu-ga.pid
statedir=/var/run
verbose=false
retry-path=false
block-rpcs=
allow-rpcs=
`);
  });

  test("prints everything when everything is set, in a form that is read again", () => {
    const config: Config = {
      method: "vsock-listen",
      path: "3:1",
      logFile: " l",
      pidFile: "/p",
      stateDir: "/s",
      fsfreezeHook: "/h",
      verbose: true,
      daemonize: true,
      retryPath: true,
      blockRpcs: ["b", "a"],
      allowRpcs: ["c"],
      fileMode: 0o66,
      fsfreezeHookSeconds: 90,
      policyFile: "/p.toml",
      logFormat: "json",
      logLinesPerSecond: 5,
      logBurstLines: 50,
      auditLog: "/a",
      freezeTimeoutSeconds: 60,
      fsfreezeDeadlineSeconds: 30,
      fstrimDeadlineSeconds: 300,
      openFilesMax: 0,
      runningProgramsMax: 1,
      runningOutputBytesMax: 2,
      keptOutputBytesMax: 3,
      resultAgeSecondsMax: 4,
    };
    const dump = dumpConfig(config);
    const keys = dump.match(/^[a-z-]+(?==)/gm) ?? [];
    expect([...keys]).toEqual(configKeys.map(({ key }) => key));
    using scratch = new Scratch();
    writeFileSync(scratch.file("c"), dump);
    const read = loadConfig(scratch.file("c"), {}, {}).config;
    expect(read).toEqual({ ...config, blockRpcs: config.blockRpcs.toReversed() });
  });
});

describe("loadConfig", () => {
  function load(text: string, commandLine: Settings = {}) {
    using scratch = new Scratch();
    writeFileSync(scratch.file("c"), text);
    return loadConfig(scratch.file("c"), commandLine, {});
  }

  test("reads every key", () => {
    const text =
      "[general]\ndaemon=1\nmethod=m\npath=/p\nlogfile=/l\npidfile=/f\nfsfreeze-hook=/h\nstatedir=/s\nverbose=true\nretry-path=true\nblock-rpcs=a,b\nallow-rpcs=c\nfile-mode=644\nfsfreeze-hook-timeout=90\npolicy=/p.toml\nlog-format=json\nlog-rate=5\nlog-burst=50\naudit-log=journal\nfreeze-timeout=60\nfsfreeze-deadline=30\nfstrim-deadline=300\nmax-open-files=0\nmax-programs=1\nmax-running-output=2\nmax-kept-output=3\nmax-result-age=4\nother=1\n[x]\ndaemon=0\n";
    expect(load(text).config).toEqual({
      daemonize: true,
      method: "m",
      path: "/p",
      logFile: "/l",
      pidFile: "/f",
      fsfreezeHook: "/h",
      stateDir: "/s",
      verbose: true,
      retryPath: true,
      blockRpcs: ["b", "a"],
      allowRpcs: ["c"],
      fileMode: 0o644,
      fsfreezeHookSeconds: 90,
      policyFile: "/p.toml",
      logFormat: "json",
      logLinesPerSecond: 5,
      logBurstLines: 50,
      auditLog: "journal",
      freezeTimeoutSeconds: 60,
      fsfreezeDeadlineSeconds: 30,
      fstrimDeadlineSeconds: 300,
      openFilesMax: 0,
      runningProgramsMax: 1,
      runningOutputBytesMax: 2,
      keptOutputBytesMax: 3,
      resultAgeSecondsMax: 4,
    });
  });

  test("takes whole numbers for limits", () => {
    const filesOf = (text: string) =>
      load(`[general]\nmax-open-files=${text}\n`).config.openFilesMax;
    expect([filesOf("0"), filesOf("2147483647")]).toEqual([0, 2_147_483_647]);
    for (const bad of ["", "-1", "1.5", "1e3", "64k", "2147483648", "99999999999"]) {
      const message = `invalid max-open-files '${bad}', expected a number up to 2147483647`;
      expect(() => filesOf(bad)).toThrow(new ConfigError(message));
    }
  });

  test("takes three octal digits as a file mode, from either source", () => {
    const modeOf = (inFile: string, onLine?: string) =>
      load(`[general]\nfile-mode=${inFile}\n`, onLine === undefined ? {} : { fileMode: onLine })
        .config.fileMode;
    expect(modeOf("0666")).toBe(0o666);
    expect(modeOf("000")).toBe(0);
    expect(modeOf("0666", "0640")).toBe(0o640);
    for (const bad of ["", "600x", "0o600", "6", "0688", "1777", "00600", "-600", "rw-"]) {
      const message = `invalid file mode '${bad}', expected an octal one such as 0600`;
      expect(() => modeOf(bad)).toThrow(new ConfigError(message));
      expect(() => modeOf("0666", bad)).toThrow(new ConfigError(message));
    }
  });

  test.each([
    ["fsfreeze-hook-timeout", "fsfreezeHookSeconds"],
    ["freeze-timeout", "freezeTimeoutSeconds"],
    ["fsfreeze-deadline", "fsfreezeDeadlineSeconds"],
    ["fstrim-deadline", "fstrimDeadlineSeconds"],
  ] as const)("takes whole seconds for %s", (key, member) => {
    const secondsOf = (text: string) => load(`[general]\n${key}=${text}\n`).config[member];
    expect([secondsOf("1"), secondsOf("999999")]).toEqual([1, 999_999]);
    for (const bad of ["", "0", "-1", "1.5", "1e3", "10m", "1000000"]) {
      const message = `invalid ${key} '${bad}', expected seconds such as 600`;
      expect(() => secondsOf(bad)).toThrow(new ConfigError(message));
    }
  });

  test("takes text or json as the form of the log, and numbers of lines", () => {
    const config = (line: string) => load(`[general]\n${line}\n`).config;
    expect(config("log-format=text").logFormat).toBe("text");
    expect(load("[general]\nlog-format=text\n", { logFormat: "json" }).config.logFormat).toBe(
      "json",
    );
    expect(() => config("log-format=JSON")).toThrow(
      new ConfigError("invalid log format 'JSON', expected text or json"),
    );
    for (const key of ["log-rate", "log-burst"]) {
      for (const bad of ["", "0", "-1", "1.5", "1e3", "1000000"]) {
        const message = `invalid ${key} '${bad}', expected a number of lines such as 100`;
        expect(() => config(`${key}=${bad}`)).toThrow(new ConfigError(message));
      }
    }
  });

  test("lets the command line add to the lists and overrule the rest", () => {
    const { config } = load("[general]\nmethod=m\nblock-rpcs=a,b\n", {
      method: "n",
      blockRpcs: ["c"],
    });
    expect([config.method, config.blockRpcs]).toEqual(["n", ["b", "a", "c"]]);
  });

  test("takes the old key blacklist, then ignores block-rpcs, and says so", () => {
    const { config, warnings } = load("[general]\nblock-rpcs=a\nblacklist=b\n");
    expect(config.blockRpcs).toEqual(["b"]);
    expect(warnings).toEqual([
      "config using deprecated 'blacklist' key, should be replaced with the 'block-rpcs' key.",
    ]);
    expect(load("[general]\nblock-rpcs=a\n").warnings).toEqual([]);
  });

  test("needs the file of -c, but not that of QGA_CONF", () => {
    using scratch = new Scratch();
    const missing = scratch.file("none");
    expect(() => loadConfig(missing, {}, {})).toThrow(
      `error loading configuration from path: ${missing}, No such file or directory`,
    );
    expect(loadConfig(null, {}, { QGA_CONF: missing }).config).toEqual(defaultConfig);
  });

  test("prefers -c to QGA_CONF", () => {
    using scratch = new Scratch();
    writeFileSync(scratch.file("a"), "[general]\nmethod=a\n");
    writeFileSync(scratch.file("b"), "[general]\nmethod=b\n");
    const environment = { QGA_CONF: scratch.file("b") };
    expect(loadConfig(scratch.file("a"), {}, environment).config.method).toBe("a");
    expect(loadConfig(null, {}, environment).config.method).toBe("b");
  });

  test("reports a file that is there but unusable, even an unasked one", () => {
    using scratch = new Scratch();
    mkdirSync(scratch.file("d"));
    writeFileSync(scratch.file("f"), "");
    const reasonOf = (path: string) => {
      try {
        loadConfig(null, {}, { QGA_CONF: path });
        return "none";
      } catch (error) {
        return (error as ConfigError).message;
      }
    };
    const prefix = "error loading configuration from path: ";
    expect(reasonOf(scratch.file("d"))).toBe(`${prefix}${scratch.file("d")}, Not a regular file`);
    expect(reasonOf(scratch.file("f/x"))).toBe(`${prefix}${scratch.file("f/x")}, Not a directory`);
  });
});

describe.skipIf(!qemuGa.present)(`loadConfig beside qemu-ga${lackOf(qemuGa)}`, () => {
  /** What `-D` prints and how it ends, for both. */
  function expectSameAsQemuGa(text: string, scratch: Scratch): void {
    const path = scratch.file("c");
    writeFileSync(path, text);
    const theirs = runQemuGa(["-D"], { QGA_CONF: path });
    expect({
      exitCode: theirs.exitCode,
      stdout: theirs.stdout,
      complaint: glibMessage(theirs.stderr),
    }).toEqual(ours(path));
  }

  function ours(path: string) {
    try {
      const { config, warnings } = loadConfig(null, {}, { QGA_CONF: path });
      const stdout = dumpConfig(withChannel(config, null)).replace(/allow-rpcs=.*\n/, "");
      return { exitCode: 0, stdout, complaint: warnings[0] };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return { exitCode: 1, stdout: "", complaint: error.message };
    }
  }

  test("reads any file to the same configuration or the same error", () => {
    using scratch = new Scratch();
    const value = fc
      .array(
        fc.constantFrom(
          "true",
          "false",
          "1",
          "0",
          " ",
          "\t",
          "a",
          "b",
          ",",
          "\\s",
          "\\n",
          "\\q",
          "é",
          "=",
        ),
        {
          maxLength: 4,
        },
      )
      .map((parts) => parts.join(""));
    const boolean = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom("true", "false", "1", "0 ") },
      value,
    );
    const line = fc.oneof(
      fc
        .tuple(fc.constantFrom("daemon", "verbose", "retry-path"), boolean)
        .map((pair) => pair.join("=")),
      fc
        .tuple(
          fc.constantFrom(
            "method",
            "path",
            "logfile",
            "pidfile",
            "fsfreeze-hook",
            "statedir",
            "block-rpcs",
          ),
          value,
        )
        .map((pair) => pair.join(" = ")),
      fc.constantFrom("", "# c", "[general]", "[other]", "\tunknown=1", "path[de]=x", "path=/x\r"),
      fc.constantFrom(
        "garbage",
        "[general",
        "path [x]=1",
        "[a[b]",
        "=",
        "blacklist=x,y",
        "Encoding=x",
      ),
    );
    const text = fc
      .array(line, { maxLength: 6 })
      .map((lines) => `${["[general]", "path=/p", ...lines].join("\n")}\n`);
    fc.assert(
      fc.property(text, (each) => expectSameAsQemuGa(each, scratch)),
      { numRuns: 150 },
    );
  });

  test("reports the same key first when all are bad", () => {
    using scratch = new Scratch();
    const firstUnknown = configKeys.findIndex(({ key }) => key === "allow-rpcs");
    const keys = [...configKeys.slice(0, firstUnknown).map(({ key }) => key), "blacklist"];
    for (let first = 0; first < keys.length; first++) {
      const bad = keys.slice(first).map((key) => `${key}=\\q`);
      writeFileSync(scratch.file("c"), `${["[general]", ...bad.reverse()].join("\n")}\n`);
      const theirs = runQemuGa(["-D"], { QGA_CONF: scratch.file("c") });
      expect(glibMessage(theirs.stderr)).toBe(ours(scratch.file("c")).complaint);
    }
  });
});
