import { request, type Suite, sends } from "../case.ts";
import { refused, returned } from "../words.ts";

const vcpus = (argumentsText: string) => request("guest-set-vcpus", argumentsText);
const blocks = (argumentsText: string) => request("guest-set-memory-blocks", argumentsText);

const lastBlock = returned(
  '[{"response": "not-found", "error-code": 2, "phys-index": 18446744073709551615}]',
);

/** A kernel without memory hotplug has no blocks at all. */
function withMemoryHotplug(line: string): string {
  return line.replace("operation-not-supported", "not-found");
}

/** Lists of structs. Nothing is set: no machine has these processors and blocks, or the arguments are bad. */
export const nestedArguments: Suite = {
  topic: "nested arguments",
  cases: [
    sends("no list", vcpus("{}"), [refused("Parameter 'vcpus' is missing")]),
    sends("an object in place of the list", vcpus('{"vcpus":{}}'), [
      refused("Invalid parameter type for 'vcpus', expected: array"),
    ]),
    sends("a number in place of the list", vcpus('{"vcpus":3}'), [
      refused("Invalid parameter type for 'vcpus', expected: array"),
    ]),
    sends("a fraction in place of the list", vcpus('{"vcpus":1.5}'), [
      refused("Invalid parameter type for 'vcpus', expected: array"),
    ]),
    sends("null in place of the list", vcpus('{"vcpus":null}'), [
      refused("Invalid parameter type for 'vcpus', expected: array"),
    ]),
    sends("a number in the list", vcpus('{"vcpus":[3]}'), [
      refused("Invalid parameter type for 'vcpus[0]', expected: object"),
    ]),
    sends("a fraction in the list", vcpus('{"vcpus":[1.5]}'), [
      refused("Invalid parameter type for 'vcpus[0]', expected: object"),
    ]),
    sends("null in the list", vcpus('{"vcpus":[null]}'), [
      refused("Invalid parameter type for 'vcpus[0]', expected: object"),
    ]),
    sends("a text in the list", vcpus('{"vcpus":["x"]}'), [
      refused("Invalid parameter type for 'vcpus[0]', expected: object"),
    ]),
    sends("a list in the list", vcpus('{"vcpus":[[]]}'), [
      refused("Invalid parameter type for 'vcpus[0]', expected: object"),
    ]),
    sends("an empty object in the list", vcpus('{"vcpus":[{}]}'), [
      refused("Parameter 'vcpus[0].logical-id' is missing"),
    ]),
    sends("no member of one name, and the other wrong", vcpus('{"vcpus":[{"online":3}]}'), [
      refused("Parameter 'vcpus[0].logical-id' is missing"),
    ]),
    sends("a fraction for the number", vcpus('{"vcpus":[{"logical-id":0.0,"online":true}]}'), [
      refused("Invalid parameter type for 'vcpus[0].logical-id', expected: integer"),
    ]),
    sends(
      "a number beyond 63 bits",
      vcpus('{"vcpus":[{"logical-id":9223372036854775808,"online":true}]}'),
      [refused("Invalid parameter type for 'vcpus[0].logical-id', expected: integer")],
    ),
    sends("a number for a boolean", vcpus('{"vcpus":[{"logical-id":99,"online":1}]}'), [
      refused("Invalid parameter type for 'vcpus[0].online', expected: boolean"),
    ]),
    sends(
      "a number for the boolean that is not needed",
      vcpus('{"vcpus":[{"logical-id":99,"online":false,"can-offline":3}]}'),
      [refused("Invalid parameter type for 'vcpus[0].can-offline', expected: boolean")],
    ),
    sends("a member too many", vcpus('{"vcpus":[{"logical-id":0,"online":true,"x":1}]}'), [
      refused("Parameter 'vcpus[0].x' is unexpected"),
    ]),
    sends("a member too many around the list", vcpus('{"vcpus":[],"x":1}'), [
      refused("Parameter 'x' is unexpected"),
    ]),
    sends(
      "two things wrong, inside and around the list",
      vcpus('{"x":1,"vcpus":[{"logical-id":0}]}'),
      [refused("Parameter 'vcpus[0].online' is missing")],
    ),
    sends(
      "the second of the list is wrong",
      vcpus('{"vcpus":[{"logical-id":99,"online":true},{"online":3}]}'),
      [refused("Parameter 'vcpus[1].logical-id' is missing")],
    ),
    sends(
      "a negative number of a block wraps",
      blocks('{"mem-blks":[{"phys-index":-1,"online":true}]}'),
      [lastBlock],
      { facts: withMemoryHotplug },
    ),
    sends(
      "the largest number of a block",
      blocks('{"mem-blks":[{"phys-index":18446744073709551615,"online":true}]}'),
      [lastBlock],
      { facts: withMemoryHotplug },
    ),
    sends(
      "a number of a block beyond 64 bits",
      blocks('{"mem-blks":[{"phys-index":18446744073709551616,"online":true}]}'),
      [refused("Parameter 'mem-blks[0].phys-index' expects uint64")],
    ),
    sends(
      "a text for the number of a block",
      blocks('{"mem-blks":[{"phys-index":"1","online":true}]}'),
      [refused("Parameter 'mem-blks[0].phys-index' expects uint64")],
    ),
    sends("no list of blocks", blocks('{"blocks":[]}'), [
      refused("Parameter 'mem-blks' is missing"),
    ]),
    sends("empty lists", blocks('{"mem-blks":[]}'), [returned("[]")]),
  ],
};
