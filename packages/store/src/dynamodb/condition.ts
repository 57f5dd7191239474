/** `condition.ts` (`holds`, `nextVersion`) in DynamoDB's expression language. */
import type { Condition } from "../port.ts";
import { type Attributes, numeric } from "./attributes.ts";

export interface Expression {
  readonly text: string;
  readonly values: Attributes;
}

const UNEXPIRED = "(attribute_not_exists(e) OR e > :now)";

/** A condition on what stands live under the key. (`none` is none: DynamoDB takes no condition that always holds.) */
export function conditionExpression(
  condition: Exclude<Condition, { type: "none" }>,
  now: number,
): Expression {
  const values = { ":now": numeric(now) };
  switch (condition.type) {
    case "absent":
      return { text: "attribute_not_exists(pk) OR e <= :now", values };
    case "present":
      return { text: `attribute_exists(pk) AND ${UNEXPIRED}`, values };
    case "version":
      return {
        text: `n = :version AND ${UNEXPIRED}`,
        values: { ...values, ":version": numeric(condition.version) },
      };
    default:
      return condition satisfies never;
  }
}

/** The version that a put gives. Where the condition does not tell what stands, DynamoDB counts. */
export function versionExpression(condition: Condition): Expression {
  switch (condition.type) {
    case "absent":
      return { text: ":next", values: { ":next": numeric(1) } };
    case "version":
      return { text: ":next", values: { ":next": numeric(condition.version + 1) } };
    case "present":
      return { text: "n + :one", values: { ":one": numeric(1) } };
    case "none":
      return { text: "if_not_exists(n, :zero) + :one", values: { ":zero": numeric(0), ":one": numeric(1) } };
    default:
      return condition satisfies never;
  }
}
