import type { Suite } from "../case.ts";
import { argumentChecks } from "./arguments.ts";
import { base64 } from "./base64.ts";
import { connections } from "./connections.ts";
import { dispatch } from "./dispatch.ts";
import { exec } from "./exec.ts";
import { fileOpen, newFileMode } from "./file-open.ts";
import { fileRead } from "./file-read.ts";
import { fileSeek } from "./file-seek.ts";
import { fileWrite } from "./file-write.ts";
import { blockedPing, blockList, frozenAtStart } from "./filters.ts";
import { framing } from "./framing.ts";
import { fsfreeze } from "./fsfreeze.ts";
import { grammar } from "./grammar.ts";
import { ids } from "./ids.ts";
import { integers } from "./integers.ts";
import { lexical } from "./lexical.ts";
import { nesting } from "./limits.ts";
import { nestedArguments } from "./nested-arguments.ts";
import { osinfo } from "./osinfo.ts";
import { setUserPassword } from "./password.ts";
import { resync } from "./resync.ts";
import { specialFiles } from "./special-files.ts";
import { freshState, keptState, oddStates } from "./state.ts";
import { strings } from "./strings.ts";

/** All suites but the slow ones of `big-limits.ts`. */
export const suites: readonly Suite[] = [
  framing,
  dispatch,
  argumentChecks,
  nestedArguments,
  integers,
  strings,
  ids,
  lexical,
  grammar,
  nesting,
  resync,
  fileOpen,
  newFileMode,
  fileRead,
  fileWrite,
  fileSeek,
  specialFiles,
  fsfreeze,
  base64,
  exec,
  connections,
  osinfo,
  setUserPassword,
  blockList,
  blockedPing,
  frozenAtStart,
  freshState,
  keptState,
  ...oddStates,
];
