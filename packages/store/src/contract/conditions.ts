import { describe, expect, test } from "vitest";
import type { Condition, Key, Store, Write } from "../port.ts";
import { type Context, none, ownPartition, put } from "./context.ts";

const STATES = ["absent", "present", "expired"] as const;
type State = (typeof STATES)[number];

/** In which states each condition holds; what stands has version 2. */
const CONDITIONS: readonly (readonly [string, Condition, readonly State[]])[] = [
  ["none", none, STATES],
  ["absent", { type: "absent" }, ["absent", "expired"]],
  ["present", { type: "present" }, ["present"]],
  ["the version", { type: "version", version: 2 }, ["present"]],
  ["an earlier version", { type: "version", version: 1 }, []],
  ["a later version", { type: "version", version: 3 }, []],
];

const KINDS = ["put", "delete", "check"] as const;
type Kind = (typeof KINDS)[number];

export function conditionContract({ opened, clock }: Context): void {
  const cases = STATES.flatMap((state) =>
    CONDITIONS.flatMap(([name, condition, holdsIn]) =>
      KINDS.filter((kind) => kind !== "check" || condition.type !== "none").map((kind) => ({
        kind,
        state,
        name,
        condition,
        holds: holdsIn.includes(state),
      })),
    ),
  );

  describe("conditions", () => {
    test.each(cases)("a $kind on condition `$name` over an item $state: holds is $holds", async (each) => {
      const { store } = opened();
      const key = { pk: ownPartition(), sk: "item" };
      await bringAbout(store, key, each.state, clock.now());

      const result = await store.commit([writeOf(each.kind, key, each.condition)]);

      const standing = each.state === "present" ? { key, value: { old: true }, version: 2 } : undefined;
      const conflict = { type: "conflict", index: 0, ...(standing ? { item: standing } : {}) };
      expect(result).toEqual(each.holds ? { type: "committed" } : conflict);
      expect(await store.get(key)).toEqual(each.holds ? afterwards(each.kind, key, each) : standing);
    });
  });

  /** A put over an expired item without condition counts on; with `absent` it begins again. */
  function afterwards(kind: Kind, key: Key, { state, condition }: { state: State; condition: Condition }) {
    if (kind === "delete") {
      return undefined;
    }
    if (kind === "check") {
      return state === "present" ? { key, value: { old: true }, version: 2 } : undefined;
    }
    return { key, value: { new: true }, version: condition.type === "absent" || state === "absent" ? 1 : 3 };
  }
}

async function bringAbout(store: Store, key: Key, state: State, now: number): Promise<void> {
  if (state === "absent") {
    return;
  }
  await store.commit([put(key, { old: true })]);
  await store.commit([put(key, { old: true }, state === "expired" ? { expiresAt: now } : {})]);
}

function writeOf(kind: Kind, key: Key, condition: Condition): Write {
  if (kind === "put") {
    return put(key, { new: true }, { condition });
  }
  if (kind === "delete") {
    return { type: "delete", key, condition };
  }
  if (condition.type === "none") {
    throw new Error("there is no check of nothing");
  }
  return { type: "check", key, condition };
}
