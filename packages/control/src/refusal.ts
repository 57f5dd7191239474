/** Refusals: what the caller is told, and what the audit log is told besides. */
import { Fault, type FaultCode, type FaultDetail } from "@postern/core/fault";
import { type NewEvent, recordEvent } from "./audit/append.ts";
import type { Base } from "./ports.ts";

/** For want of a right. The reasons may tell of roles that the caller can't see; message and hint are his. */
export class AccessDenied extends Fault {
  readonly reasons: readonly string[];

  constructor(message: string, reasons: readonly string[], data: FaultDetail = {}) {
    super("access.denied", message, data);
    this.reasons = reasons;
  }
}

/** Like any Fault to the caller; to the audit log it says what was wrong. */
export class OpaqueRefusal extends Fault {
  readonly reason: string;

  constructor(reason: string, code: FaultCode, message: string, data: FaultDetail = {}) {
    super(code, message, data);
    this.reason = reason;
  }
}

/** What an event says of a refusal. */
export interface Refusal {
  success: false;
  message: string;
  reasons?: string[];
  decision_id?: string;
}

/**
 * Runs an act. Where it is refused the event is recorded before the Fault is thrown on; what isn't a Fault, or says
 * that it was us who failed, is no refusal.
 */
export async function auditRefusal<T>(
  base: Base,
  event: (refusal: Refusal) => NewEvent,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof Fault && !ourFaults.includes(error.code))
      await recordEvent(base, event(refusalFrom(error)));
    throw error;
  }
}

const ourFaults: readonly FaultCode[] = ["internal", "cloud.credentials", "cloud.refused"];

function refusalFrom(fault: Fault): Refusal {
  return {
    success: false,
    message: fault instanceof OpaqueRefusal ? fault.reason : fault.message,
    ...(fault instanceof AccessDenied && { reasons: [...fault.reasons] }),
    ...(fault.data.decision_id !== undefined && { decision_id: fault.data.decision_id }),
  };
}
