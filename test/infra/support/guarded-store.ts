/** A store that a function's IAM policy stands before: IAM's part in DynamoDB, which no local backend plays. */
import type { Store, Write } from "@postern/store/port";
import { at, list, text } from "../rules/rule.ts";
import type { Statement } from "../rules/statements.ts";
import type { Value } from "./graph.ts";

/** What each operation of the port is to IAM; a commit is a transaction of these (packages/store/src/dynamodb). */
const actions = {
  get: "dynamodb:GetItem",
  query: "dynamodb:Query",
  put: "dynamodb:UpdateItem",
  delete: "dynamodb:DeleteItem",
  check: "dynamodb:ConditionCheckItem",
} as const;

export interface Access {
  readonly action: string;
  readonly pk: string;
  readonly allowed: boolean;
}

/** Tells `seen` of every access, and throws for one that isn't allowed, before the store knows of it. */
export function guardedStore(
  store: Store,
  statements: readonly Statement[],
  seen: (access: Access) => void,
): Store {
  const guard = (operation: keyof typeof actions, pk: string) => {
    const action = actions[operation];
    const allowed = isAllowed(statements, action, pk);
    seen({ action, pk, allowed });
    if (!allowed) throw new Error(`AccessDeniedException: ${action} on the partition ${pk}`);
  };
  return {
    get: async (key) => {
      guard("get", key.pk);
      return await store.get(key);
    },
    query: async (range) => {
      guard("query", range.pk);
      return await store.query(range);
    },
    commit: async (writes: readonly Write[]) => {
      for (const { type, key } of writes) guard(type, key.pk);
      return await store.commit(writes);
    },
    close: () => store.close(),
  };
}

/** A deny holds whatever else is allowed (IAM User Guide, "Policy evaluation logic"). */
function isAllowed(statements: readonly Statement[], action: string, pk: string): boolean {
  const matching = statements.filter(
    (statement) => statement.actions.includes(action) && holds(statement.condition, pk),
  );
  return matching.length > 0 && matching.every(({ effect }) => effect === "Allow");
}

/** Of a request with one leading key, which all of the port's are. What the policies don't use throws. */
function holds(condition: Value, pk: string): boolean {
  if (typeof condition !== "object" || condition === null) return true;
  return Object.keys(condition).every((operator) => {
    const values = list(at(condition, operator, "dynamodb:LeadingKeys")).map(text);
    switch (operator) {
      case "ForAllValues:StringLike":
      case "ForAnyValue:StringLike":
        return values.some((pattern) => isLike(pk, pattern));
      case "Null":
        return values.join() === "false";
      default:
        throw new Error(`a condition that is not understood: ${operator}`);
    }
  });
}

function isLike(value: string, pattern: string): boolean {
  return pattern.endsWith("*") ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}
