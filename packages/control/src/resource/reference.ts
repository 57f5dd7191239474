/** Resources name each other: a user his roles. What is named must exist, also at the moment of the commit. */
import { Fault } from "@postern/core/fault";
import { nearestNames } from "@postern/core/nearest";
import type { Write } from "@postern/store/port";
import { resourceKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { loadAll, loadStored } from "./load.ts";

/** A commit holds 100 writes; some are for the user and the events. */
const maxNewRoles = 90;

/**
 * Checks that make the commit depend on the roles' being there; those that were held before may be gone.
 * @throws Fault `input.invalid` that names the roles that aren't, and what they may have been meant to be.
 */
export async function presenceChecks(
  base: Base,
  all: readonly string[],
  held: readonly string[],
): Promise<readonly Write[]> {
  const roles = all.filter((name) => !held.includes(name));
  if (roles.length > maxNewRoles) {
    throw new Fault("input.invalid", `at most ${maxNewRoles} roles can be added at once`);
  }
  const found = await Promise.all(
    roles.map(async (name) => (await loadStored(base, "role", name)) !== undefined),
  );
  const missing = roles.filter((_, index) => found[index] === false);
  if (missing.length > 0) throw await unknownRoles(base, all, missing);
  const names = [...new Set(roles)];
  return names.map((name) => ({
    type: "check",
    key: resourceKey("role", name),
    condition: { type: "present" },
  }));
}

async function unknownRoles(base: Base, all: readonly string[], missing: readonly string[]): Promise<Fault> {
  const names = (await loadAll(base, "role")).map(({ metadata }) => metadata.name);
  const near = [...new Set(missing.flatMap((name) => nearestNames(name, names)))];
  const hint =
    near.length > 0 ? `did you mean ${quoteAll(near)}?` : "`postern get roles` shows which there are";
  return new Fault("input.invalid", `no such role: ${quoteAll(missing)}`, {
    hint,
    issues: missing.map((name) => ({
      path: `spec.roles[${all.indexOf(name)}]`,
      message: `no such role: \`${name}\``,
    })),
  });
}

function quoteAll(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}
