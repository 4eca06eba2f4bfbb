import { AgentError } from "../errors.ts";

/** What an agent tells; null when it has no such command, or may not carry it out. */
export async function ifTold<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof AgentError) return null;
    throw error;
  }
}
