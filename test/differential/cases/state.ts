import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { request, type Step, type Suite } from "../case.ts";
import { done, refused, returned } from "../words.ts";

const open = { ask: request("guest-file-open", '{"path":"/dev/null"}') };
const close = (handle: number): Step => ({
  ask: request("guest-file-close", `{"handle":${handle}}`),
});
const restart = (signal: NodeJS.Signals): Step => ({
  act: async (place) => {
    await place.restart(signal);
    return `(restarted after ${signal})`;
  },
});
const stateFile: Step = {
  act: ({ state }) => JSON.stringify(readFileSync(`${state}/qga.state`, "utf8")),
};
const stateFiles: Step = { act: ({ state }) => readdirSync(state).sort().join(" ") };

/** The state folder as an agent finds it at its start. */
const given = (text: string) => ({
  prepare: ({ state }: { state: string }) => writeFileSync(`${state}/qga.state`, text),
});

export const freshState: Suite = {
  topic: "state folder, empty",
  cases: [
    {
      name: "the state file is made at the start",
      steps: [stateFiles, stateFile],
      replies: ["qga.state", '"[global]\\nfd_counter=1000\\n"'],
    },
    {
      name: "the first handle is 1000, the next 1001",
      steps: [open, open, close(1000), close(1001)],
      replies: [returned(1000), returned(1001), done, done],
    },
    {
      name: "a failed open uses up no handle",
      steps: [{ ask: request("guest-file-open", '{"path":"/nonexistent"}') }, open, close(1002)],
      replies: [
        refused("failed to open file '/nonexistent' (mode: 'r'): No such file or directory"),
        returned(1002),
        done,
      ],
    },
  ],
};

export const keptState: Suite = {
  topic: "state folder with fd_counter=2000",
  setup: given("[global]\nfd_counter=2000\n"),
  cases: [
    {
      name: "handles go on from the counter, after a clean exit and after a kill",
      steps: [
        open,
        open,
        stateFile,
        restart("SIGTERM"),
        close(2001),
        stateFile,
        open,
        restart("SIGINT"),
        open,
        restart("SIGKILL"),
        open,
      ],
      replies: [
        returned(2000),
        returned(2001),
        '"[global]\\nfd_counter=2002\\n"',
        "(restarted after SIGTERM)",
        refused("handle '2001' has not been found"),
        '"[global]\\nfd_counter=2002\\n"',
        returned(2002),
        "(restarted after SIGINT)",
        returned(2003),
        "(restarted after SIGKILL)",
        returned(2004),
      ],
      difference: "handle-counter-blocks",
      ours: [
        returned(2000),
        returned(2001),
        '"[global]\\nfd_counter=2064\\n"',
        "(restarted after SIGTERM)",
        refused("handle '2001' has not been found"),
        '"[global]\\nfd_counter=2002\\n"',
        returned(2002),
        "(restarted after SIGINT)",
        returned(2003),
        "(restarted after SIGKILL)",
        returned(2067),
      ],
    },
  ],
};

const starts = (topic: string, text: string, first: number, ours?: number): Suite => ({
  topic: `state file ${topic}`,
  setup: given(text),
  cases: [
    {
      name: `the first handle is ${first}`,
      steps: [open],
      replies: [returned(first)],
      ...(ours !== undefined && { difference: "unusable-handle-counter", ours: [returned(ours)] }),
    },
  ],
});

export const oddStates: Suite[] = [
  starts("that is empty", "", 1000),
  starts("without the key", "[global]\n", 1000),
  starts("with another group", "[other]\nfd_counter=7\n", 1000),
  starts("with blanks", "[global]\n fd_counter = 1234 \n", 1234),
  starts("with a comment", "# x\n[global]\n# y\nfd_counter=1234\n", 1234),
  starts("with other keys", "[global]\nx=1\nfd_counter=1234\n", 1234),
  starts("with 0", "[global]\nfd_counter=0\n", 0),
  starts("with a word", "[global]\nfd_counter=x\n", 0, 1000),
  starts("with 12x", "[global]\nfd_counter=12x\n", 0, 1000),
  starts("with a number beyond int32", "[global]\nfd_counter=4294967296\n", 0, 1000),
  starts("with int32's maximum", "[global]\nfd_counter=2147483647\n", 2147483647, 1000),
  starts("without a newline", "[global]\nfd_counter=77", 77),
  starts("with CRLF", "[global]\r\nfd_counter=77\r\n", 77),
  starts("with the key twice", "[global]\nfd_counter=1\nfd_counter=2\n", 2),
  starts("with hexadecimal", "[global]\nfd_counter=0x10\n", 0, 1000),
];
