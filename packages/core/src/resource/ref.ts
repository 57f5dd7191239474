import { Fault } from "../fault.ts";
import { ResourceName } from "./name.ts";

const kinds = {
  role: { plural: "roles", aliases: [] },
  user: { plural: "users", aliases: [] },
  db: { plural: "dbs", aliases: ["database", "databases"] },
  db_server: { plural: "db_servers", aliases: [] },
  token: { plural: "tokens", aliases: [] },
  lock: { plural: "locks", aliases: [] },
} as const satisfies Record<string, { plural: string; aliases: readonly string[] }>;

/** The kinds that people can name; `Resource` is those among them that they may write. */
export type Kind = keyof typeof kinds;

const allKinds = Object.keys(kinds) as readonly Kind[]; // Object.keys forgets the keys' type

/** What a person names: one resource (`role/db`), or all of a kind (`roles`; then without a name). */
export interface ResourceRef {
  readonly kind: Kind;
  readonly name?: string;
}

const kindByWord: ReadonlyMap<string, Kind> = new Map(
  allKinds.flatMap((kind) =>
    [kind, kinds[kind].plural, ...kinds[kind].aliases].map((word) => [word, kind] as const),
  ),
);

/** Every word that names a kind. */
export const kindWords: readonly string[] = [...kindByWord.keys()];

/** The kind that a word names (`role`, `roles`, `database`), if any. */
export function parseKind(word: string): Kind | undefined {
  return kindByWord.get(word);
}

/** Reads `role/db` or `roles`. Throws the fault `input.invalid` for an unknown kind or a name that none can have. */
export function parseRef(text: string): ResourceRef {
  const slash = text.indexOf("/");
  const kind = parseKind(slash === -1 ? text : text.slice(0, slash));
  if (kind === undefined) throw invalid(`expected one of the kinds ${allKinds.join(", ")}`, "kind");
  if (slash === -1) return { kind };
  const name = ResourceName.safeParse(text.slice(slash + 1));
  if (!name.success) throw invalid(`the name after \`${kind}/\` is none that a ${kind} can have`, "name");
  return { kind, name: name.data };
}

function invalid(message: string, path: string): Fault {
  return new Fault("input.invalid", message, { issues: [{ path, message }] });
}
