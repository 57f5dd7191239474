/** Signals, for commands that must tidy up before they end, or that leave them to a program they run. */
import { constants } from "node:os";
import { ExitError } from "./failure.ts";

/**
 * Runs `act`; the first of the signals aborts what it is given. Once `act` is over, throws ExitError with 128 and the
 * signal's number, as shells have it, if one came.
 */
export async function endOn<T>(
  signals: readonly NodeJS.Signals[],
  act: (ending: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  let seen: NodeJS.Signals | undefined;
  const end = (signal: NodeJS.Signals) => {
    seen ??= signal;
    ending.abort();
  };
  for (const signal of signals) process.on(signal, end);
  try {
    const result = await act(ending.signal);
    if (seen === undefined) return result;
  } catch (error) {
    if (seen === undefined) throw error;
  } finally {
    for (const signal of signals) process.off(signal, end);
  }
  throw new ExitError(128 + constants.signals[seen]);
}

/** Runs `act`, during which the signal does nothing here: it is another program's in the foreground. */
export async function leaving<T>(signal: NodeJS.Signals, act: () => Promise<T>): Promise<T> {
  const ignore = () => undefined;
  process.on(signal, ignore);
  try {
    return await act();
  } finally {
    process.off(signal, ignore);
  }
}

/** Settles with the first of the signals; a second one ends the process as ever. */
export async function signalled(...signals: readonly NodeJS.Signals[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of signals) process.once(signal, () => resolve());
  await promise;
}
