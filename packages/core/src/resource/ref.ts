import { Fault } from "../fault.ts";
import { ResourceName } from "./name.ts";

const kinds = {
  role: { plural: "roles", aliases: [] },
  user: { plural: "users", aliases: [] },
  db: { plural: "dbs", aliases: ["database", "databases"] },
  db_server: { plural: "db_servers", aliases: [] },
  token: { plural: "tokens", aliases: [] },
  session: { plural: "sessions", aliases: [] },
} as const satisfies Record<string, { plural: string; aliases: readonly string[] }>;

/** The kinds of resources that are kept. */
export type ResourceKind = keyof typeof kinds;

export const resourceKinds = Object.keys(kinds) as readonly ResourceKind[]; // Object.keys forgets the keys' type

/** What a person names: one resource (`role/db`), or all of a kind (`roles`; then without a name). */
export interface ResourceRef {
  readonly kind: ResourceKind;
  readonly name?: string;
}

const kindByWord: ReadonlyMap<string, ResourceKind> = new Map(
  resourceKinds.flatMap((kind) =>
    [kind, kinds[kind].plural, ...kinds[kind].aliases].map((word) => [word, kind] as const),
  ),
);

/** The plural that people type and URLs carry. */
export function pluralOf(kind: ResourceKind): string {
  return kinds[kind].plural;
}

/** The kind that a word names (`role`, `roles`, `database`), if any. */
export function parseKind(word: string): ResourceKind | undefined {
  return kindByWord.get(word);
}

/** Reads `role/db` or `roles`. Throws the fault `input.invalid` for an unknown kind or a name that none can have. */
export function parseRef(text: string): ResourceRef {
  const slash = text.indexOf("/");
  const kind = parseKind(slash === -1 ? text : text.slice(0, slash));
  if (kind === undefined) throw invalid(`expected one of the kinds ${resourceKinds.join(", ")}`, "kind");
  if (slash === -1) return { kind };
  const name = ResourceName.safeParse(text.slice(slash + 1));
  if (!name.success) throw invalid(`the name after \`${kind}/\` is none that a ${kind} can have`, "name");
  return { kind, name: name.data };
}

/** The text that `parseRef` reads. */
export function formatRef({ kind, name }: ResourceRef): string {
  return name === undefined ? pluralOf(kind) : `${kind}/${name}`;
}

function invalid(message: string, path: string): Fault {
  return new Fault("input.invalid", message, { issues: [{ path, message }] });
}
