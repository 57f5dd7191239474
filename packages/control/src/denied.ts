/** Refusals that have no event of their own: of looking at something, and of a call that isn't for its caller. */
import { Fault } from "@postern/core/fault";
import type { NewEvent } from "./audit/append.ts";
import type { Call, CallerOf } from "./caller.ts";
import type { Base } from "./ports.ts";
import { auditRefusal, type Refusal } from "./refusal.ts";
import { type Holdings, loadHoldings, type Right, requireRight } from "./resource/right.ts";

type Known = CallerOf<"user" | "host" | "admin">;
type Reader = CallerOf<"user" | "admin">;

/**
 * Like `requireRight`, for what is only looked at.
 * @throws AccessDenied (Fault `access.denied`), audited
 */
export async function requireRightToRead(base: Base, call: Call<Reader>, right: Right): Promise<void> {
  await auditRefusal(
    base,
    (refusal) => deniedEvent(call, `${right.verb} ${right.resource}`, refusal),
    () => requireRight(base, call.caller, right),
  );
}

/**
 * What the caller holds, to show him what it lets him see.
 * @throws Fault `access.denied` where one of his roles is missing, audited
 */
export async function requireHoldings(base: Base, call: Call<Reader>, action: string): Promise<Holdings> {
  return await auditRefusal(
    base,
    (refusal) => deniedEvent(call, action, refusal),
    () => loadHoldings(base, call.caller),
  );
}

/** @throws Fault `access.denied` for a caller of a kind that `action` isn't for, audited */
export async function refuseCaller(
  base: Base,
  call: Call<Known>,
  action: string,
  kinds: readonly string[],
): Promise<never> {
  return await auditRefusal(
    base,
    (refusal) => deniedEvent(call, action, refusal),
    async () => {
      throw new Fault("access.denied", `this is not for a ${call.caller.type}, but for: ${kinds.join(", ")}`);
    },
  );
}

function deniedEvent({ caller, address }: Call<Known>, action: string, refusal: Refusal): NewEvent {
  return {
    event: "access.denied",
    code: "PA001W",
    user: nameOf(caller),
    action,
    "addr.remote": address,
    ...refusal,
  };
}

function nameOf(caller: Known): string {
  switch (caller.type) {
    case "user":
      return caller.user;
    case "host":
      return caller.hostId;
    case "admin":
      return caller.name;
  }
}
