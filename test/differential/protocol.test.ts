import { suites } from "./cases/suites.ts";
import { testSuite } from "./suite-test.ts";

for (const suite of suites) testSuite(suite);
