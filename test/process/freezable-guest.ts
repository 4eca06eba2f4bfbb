import { Refusal, type Request } from "../client/scripted-agent.ts";

/** A guest with two file systems, that remembers whether they are frozen. */
export class FreezableGuest {
  frozen = false;
  /** Answers in the place of what it would say; undefined for that. */
  instead: (request: Request) => unknown = () => undefined;
  readonly asked: string[] = [];

  answer(request: Request): unknown {
    const { execute, arguments: args } = request;
    this.asked.push(execute.replace("guest-fsfreeze-", ""));
    const instead = this.instead(request);
    if (instead !== undefined) return instead;
    switch (execute) {
      case "guest-fsfreeze-status":
        return this.frozen ? "frozen" : "thawed";
      case "guest-fsfreeze-freeze":
        this.frozen = true;
        return 2;
      case "guest-fsfreeze-freeze-list": {
        const known = (args.mountpoints as string[]).filter((each) => each === "/mnt");
        this.frozen = known.length > 0;
        return known.length;
      }
      case "guest-fsfreeze-thaw":
        this.frozen = false;
        return 2;
      default:
        throw new Refusal(`no ${execute}`, "CommandNotFound");
    }
  }
}
