/**
 * The one error that Postern throws on purpose. Expected outcomes (a denied access, a lost race) are returned as
 * unions; a `Fault` says that we or the caller did something wrong, under a code from a closed list. Every edge
 * translates codes in one table: HTTP in functions, SQLSTATE in proxy, exit status in cli.
 */
export const faultCodes = [
  "input.invalid",
  "auth.missing",
  "auth.invalid",
  "auth.second_factor",
  "auth.expired",
  "auth.replayed",
  "access.denied",
  "resource.missing",
  "resource.exists",
  "resource.changed",
  "token.spent",
  "limit.exceeded",
  "route.missing",
  "cloud.credentials",
  "cloud.refused",
  "service.unavailable",
  "internal",
] as const;

export type FaultCode = (typeof faultCodes)[number];

/** Where in a text an input is wrong: a path such as `spec.allow.db_labels`, line and column counted from 1. */
export interface InputIssue {
  readonly path: string;
  readonly message: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

export interface FaultDetail {
  /** What to do next, for the person who sees the message. */
  readonly hint?: string | undefined;
  readonly issues?: readonly InputIssue[] | undefined;
  /** Shared by the message and the audit log, so that an admin can look up the rest. */
  readonly decision_id?: string | undefined;
}

/** `message` and `data` are shown to the caller; `cause` never is. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly data: FaultDetail;

  constructor(code: FaultCode, message: string, data: FaultDetail = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "Fault";
    this.code = code;
    this.data = data;
  }
}

/** True for a fault with one of these codes. */
export function isFault(error: unknown, ...codes: FaultCode[]): error is Fault {
  return error instanceof Fault && (codes.length === 0 || codes.includes(error.code));
}

/** States what must hold unless we made a mistake; what it throws is a bug and is never shown. */
export function invariant(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(`invariant: ${message}`);
}
