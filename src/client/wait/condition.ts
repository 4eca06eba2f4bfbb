import type { AgentClient } from "../agent-client.ts";

/** How far it is. */
export type State =
  | { readonly kind: "reached" }
  /** It never will be: for people. */
  | { readonly kind: "failed"; readonly why: string }
  /** What is missing: for people. */
  | { readonly kind: "pending"; readonly what: string };

/** Something a guest comes to. */
export interface Condition {
  /** As it is asked for. */
  readonly name: string;
  /** Looks, and changes nothing. @throws AgentError, TransportError, DeadlineError */
  look(client: AgentClient): Promise<State>;
}

export const reached: State = { kind: "reached" };
