import type { AgentClient } from "../agent-client.ts";

/** What a table shows of a guest. */
export interface Table {
  /** Null for lines of a name and a value. */
  readonly columns: readonly Column[] | null;
  readonly rows: readonly (readonly string[])[];
}

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

/** Something about a guest, for people and for programs. */
export interface View {
  readonly name: string;
  /** What a program gets, as JSON. @throws AgentError, TransportError, DeadlineError */
  ask(client: AgentClient): Promise<unknown>;
  /** What people get of it. */
  table(answer: unknown): Table;
  /** Names of the lines that tell a guest from others; for a table of names and values. */
  readonly brief: readonly string[];
}

/** A view whose two halves agree. */
export function view<Answer>(
  name: string,
  ask: (client: AgentClient) => Promise<Answer>,
  table: (answer: Answer) => Table,
  brief: readonly string[] = [],
): View {
  return { name, ask, table: (answer) => table(answer as Answer), brief };
}

export function left(title: string): Column {
  return { title, align: "left" };
}

export function right(title: string): Column {
  return { title, align: "right" };
}

/** Where nothing is known. */
export const unknown = "-";
