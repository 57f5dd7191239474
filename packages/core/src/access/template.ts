/**
 * Templates: `{{internal.db_users}}` in a role stands for each value of that trait of whoever holds the role, so that one
 * role serves many people (Teleport, "Role templates"). A text before and behind it may stand; an absent trait leaves
 * nothing. Roles are expanded when they are read for a user: a decision never sees a template.
 */
import type { Conditions, Role } from "../resource/role.ts";
import type { Traits } from "../resource/user.ts";

/** Together with a trait's longest value below the longest pattern. */
const maxTemplateLength = 256;

interface Template {
  readonly before: string;
  readonly trait: keyof Traits;
  readonly behind: string;
}

export function isTemplate(text: string): boolean {
  return text.includes("{{");
}

/** Undefined for what is none that is known. Into a regular expression no trait is put: it would be read as one. */
export function parseTemplate(text: string): Template | undefined {
  const [, before, trait, behind] =
    /^([^{}]*)\{\{ *internal\.(db_users|db_names) *\}\}([^{}]*)$/.exec(text) ?? [];
  if (before === undefined || behind === undefined || before.startsWith("^")) return undefined;
  if (text.length > maxTemplateLength || (trait !== "db_users" && trait !== "db_names")) return undefined;
  return { before, trait, behind };
}

/** The role as somebody with these traits holds it. A template that isn't known stays, and is broken to a decision. */
export function expandRole(role: Role, traits: Traits): Role {
  const { allow, deny } = role.spec;
  const spec = {
    ...role.spec,
    ...(allow && { allow: expandConditions(allow, traits) }),
    ...(deny && { deny: expandConditions(deny, traits) }),
  };
  return { ...role, spec };
}

function expandConditions(conditions: Conditions, traits: Traits): Conditions {
  const { db_users, db_names } = conditions;
  return {
    ...conditions,
    ...(db_users && { db_users: expandPatterns(db_users, traits) }),
    ...(db_names && { db_names: expandPatterns(db_names, traits) }),
  };
}

function expandPatterns(patterns: readonly string[], traits: Traits): string[] {
  const expanded = patterns.flatMap((pattern) => {
    const template = isTemplate(pattern) ? parseTemplate(pattern) : undefined;
    if (template === undefined) return [pattern];
    return (traits[template.trait] ?? []).map((value) => `${template.before}${value}${template.behind}`);
  });
  return [...new Set(expanded)];
}
