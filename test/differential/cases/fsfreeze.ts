import { request, type Suite, sends } from "../case.ts";
import { badType, refused, returned } from "../words.ts";

/**
 * What can be asked without freezing this machine: an argument that were taken by mistake would name nothing that is
 * mounted. The rest is in test/guest/fsfreeze.test.ts.
 */
const list = (args: string) => request("guest-fsfreeze-freeze-list", args);

export const fsfreeze: Suite = {
  topic: "guest-fsfreeze-* and guest-fstrim, refused arguments",
  cases: [
    sends("the status of an agent that has frozen nothing", request("guest-fsfreeze-status"), [
      returned('"thawed"'),
    ]),
    sends("an unknown argument of the status", request("guest-fsfreeze-status", '{"x":1}'), [
      refused("Parameter 'x' is unexpected"),
    ]),
    sends("an unknown argument of the thaw", request("guest-fsfreeze-thaw", '{"x":1}'), [
      refused("Parameter 'x' is unexpected"),
    ]),
    sends("mount points that are a text", list('{"mountpoints":"nowhere"}'), [
      badType("mountpoints", "array"),
    ]),
    sends("mount points that are an object", list('{"mountpoints":{}}'), [
      badType("mountpoints", "array"),
    ]),
    sends("mount points that are null", list('{"mountpoints":null}'), [
      badType("mountpoints", "array"),
    ]),
    sends("a mount point that is a number", list('{"mountpoints":["nowhere",1]}'), [
      badType("mountpoints[1]", "string"),
    ]),
    sends("a mount point that is a list", list('{"mountpoints":[["nowhere"]]}'), [
      badType("mountpoints[0]", "string"),
    ]),
    sends("an unknown argument beside mount points", list('{"mountpoints":["nowhere"],"x":1}'), [
      refused("Parameter 'x' is unexpected"),
    ]),
    {
      name: "a lease",
      // Waited for, since the sync behind it would overtake it.
      steps: [{ ask: list('{"mountpoints":["nowhere"],"__org.guestwire_timeout":60}') }],
      replies: [refused("Parameter '__org.guestwire_timeout' is unexpected")],
      difference: "freeze-lease",
      ours: [returned("0")],
    },
    sends(
      "a lease that is a text",
      list('{"mountpoints":["nowhere"],"__org.guestwire_timeout":"60"}'),
      [refused("Parameter '__org.guestwire_timeout' is unexpected")],
      { difference: "freeze-lease", ours: [badType("__org.guestwire_timeout", "integer")] },
    ),
    sends(
      "a lease that is too long",
      list('{"mountpoints":["nowhere"],"__org.guestwire_timeout":1000000}'),
      [refused("Parameter '__org.guestwire_timeout' is unexpected")],
      {
        difference: "freeze-lease",
        ours: [refused("Parameter '__org.guestwire_timeout' expects seconds from 0 to 999999")],
      },
    ),
    sends("a minimum that is a text", request("guest-fstrim", '{"minimum":"1"}'), [
      badType("minimum", "integer"),
    ]),
    sends("a minimum with a fraction", request("guest-fstrim", '{"minimum":1.5}'), [
      badType("minimum", "integer"),
    ]),
    sends("an unknown argument of the trim", request("guest-fstrim", '{"minimum":1,"x":1}'), [
      refused("Parameter 'x' is unexpected"),
    ]),
  ],
};
