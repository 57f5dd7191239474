/** How far a session has come, between two chunks of its records. */
import { StatementBegin } from "@postern/core/audit/record";
import { z } from "zod";
import { TakenIndexes } from "./event-index.ts";

const Count = z.int().min(0);

/** A statement that may still be answered. `next_index`: the least index that its next reply may have. */
export const OpenStatement = z.strictObject({ begin: StatementBegin, next_index: Count });
export type OpenStatement = z.infer<typeof OpenStatement>;

export const SessionProgress = z.strictObject({
  taken: TakenIndexes,
  /** Whether the server let the session in. */
  connected: z.boolean(),
  ended: z.boolean(),
  /** Statement events so far, and those among them that failed. */
  statements: Count,
  errors: Count,
});

/** What joining the next records depends on; `open` in the order of their begins. */
export type SessionProgress = z.infer<typeof SessionProgress> & { readonly open: readonly OpenStatement[] };

/** Whether a statement was not answered at all yet; one that stays open for further replies has been. */
export function isRunning({ open }: SessionProgress): boolean {
  return open.some(({ next_index }) => next_index === 0);
}

/** Of a session that was just opened: its start event has the place 0. */
export const initialProgress: SessionProgress = {
  taken: [[0, 0]],
  connected: false,
  ended: false,
  statements: 0,
  errors: 0,
  open: [],
};
