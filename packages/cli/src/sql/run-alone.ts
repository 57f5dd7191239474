/** One statement in a session of its own. */
import { setTimeout } from "node:timers/promises";
import type { Target } from "../credential/certificate.ts";
import type { CertificateSource } from "../credential/source.ts";
import { note } from "../output/write.ts";
import { ServerError } from "./server-error.ts";
import { SqlSession } from "./session.ts";
import type { Results, Statement } from "./statement.ts";

/** What a server gets to end a statement that was cancelled. */
const patience = 2_000;

/**
 * Notices are shown as they come. Throws ServerError for what the server refuses, Fault where there is no way to it.
 * @param ending cancels what runs; a server that doesn't care is left
 */
export async function runAlone(
  source: CertificateSource,
  target: Target,
  statement: Statement,
  results: Results,
  ending: AbortSignal,
): Promise<void> {
  ending.throwIfAborted();
  const session = await SqlSession.open(source, target, listener, ending);
  const cancel = () => void cancelSoon(session);
  ending.addEventListener("abort", cancel);
  try {
    ending.throwIfAborted();
    await session.run(statement, results);
    await session.close();
  } catch (error) {
    if (error instanceof ServerError) await session.close(); // a statement that failed doesn't break the connection
    throw error;
  } finally {
    ending.removeEventListener("abort", cancel);
    session.abandon();
  }
}

const listener = {
  notice: (severity: string, message: string) => note(`${severity}: ${message}`),
  notification: () => undefined,
};

async function cancelSoon(session: SqlSession): Promise<void> {
  session.cancel().catch(() => undefined);
  await setTimeout(patience, undefined, { ref: false });
  session.abandon();
}
