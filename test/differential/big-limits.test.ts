import { bigLimits } from "./cases/big-limits.ts";
import { testSuite } from "./suite-test.ts";

// Apart from the other cases because each of these moves some 64 MiB.
const bigCaseMsMax = 60_000;

testSuite(bigLimits, bigCaseMsMax);
