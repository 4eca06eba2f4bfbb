import { argumentChecks } from "./cases/arguments.ts";
import { base64 } from "./cases/base64.ts";
import { connections } from "./cases/connections.ts";
import { dispatch } from "./cases/dispatch.ts";
import { fileRead, fileSeek, fileWrite } from "./cases/file-io.ts";
import { fileOpen } from "./cases/file-open.ts";
import { blockedPing, blockList, frozenAtStart } from "./cases/filters.ts";
import { framing } from "./cases/framing.ts";
import { grammar } from "./cases/grammar.ts";
import { ids } from "./cases/ids.ts";
import { integers } from "./cases/integers.ts";
import { lexical } from "./cases/lexical.ts";
import { nesting } from "./cases/limits.ts";
import { osinfo } from "./cases/osinfo.ts";
import { resync } from "./cases/resync.ts";
import { specialFiles } from "./cases/special-files.ts";
import { freshState, keptState, oddStates } from "./cases/state.ts";
import { strings } from "./cases/strings.ts";
import { testSuite } from "./suite-test.ts";

const suites = [
  framing,
  dispatch,
  argumentChecks,
  integers,
  strings,
  ids,
  lexical,
  grammar,
  nesting,
  resync,
  fileOpen,
  fileRead,
  fileWrite,
  fileSeek,
  specialFiles,
  base64,
  connections,
  osinfo,
  blockList,
  blockedPing,
  frozenAtStart,
  freshState,
  keptState,
  ...oddStates,
];

for (const suite of suites) testSuite(suite);
