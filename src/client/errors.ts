/** The agent answered with an error. */
export class AgentError extends Error {
  override readonly name = "AgentError";
  /** `GenericError`, `CommandNotFound`, or what an old agent has. */
  readonly errorClass: string;

  constructor(errorClass: string, desc: string) {
    super(desc);
    this.errorClass = errorClass;
  }
}

/** The way to the agent is broken: no socket, refused, hung up, or not an agent at the other end. */
export class TransportError extends Error {
  override readonly name: string = "TransportError";
}

/** There is no way to the agent, or nobody at its end: nothing was asked of it. */
export class AbsentError extends TransportError {
  override readonly name = "AbsentError";
}

/** The agent's side hung up. */
export class HangUpError extends TransportError {
  override readonly name = "HangUpError";
}

/** What came is no answer of an agent's. Asking again is of no use. */
export class NonsenseError extends TransportError {}

/** The agent did not answer in time. It may still carry out what it was told. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}
