/** What a session has come to so far: its next place for an event, and the counts that its end tells. */
export interface Tally {
  next_ei: number;
  statements: number;
  errors: number;
  /** From the client, and to it. */
  bytes_in: number;
  bytes_out: number;
}

/** Place 0 is the session's start, which the control plane records itself. */
export function startTally(): Tally {
  return { next_ei: 1, statements: 0, errors: 0, bytes_in: 0, bytes_out: 0 };
}
