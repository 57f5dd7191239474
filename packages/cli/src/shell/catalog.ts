/** What `\l` and the `\d` commands that list something ask the catalogs for. */
import type { Statement } from "../sql/statement.ts";
import type { NamePattern } from "./pattern.ts";

export interface Listing {
  readonly title: string;
  readonly statement: Statement;
}

/** pg_class.relkind, by the letters that psql takes. */
const kinds: Readonly<Record<string, { readonly relkinds: string; readonly title: string }>> = {
  "": { relkinds: "rvmSfp", title: "List of relations" },
  t: { relkinds: "rp", title: "List of tables" },
  v: { relkinds: "v", title: "List of views" },
  m: { relkinds: "m", title: "List of materialized views" },
  s: { relkinds: "S", title: "List of sequences" },
  i: { relkinds: "iI", title: "List of indexes" },
};

/** Undefined for a letter that isn't known. */
export function relations(letter: string, pattern: NamePattern | undefined): Listing | undefined {
  const kind = Object.hasOwn(kinds, letter) ? kinds[letter] : undefined;
  if (kind === undefined) return undefined;
  const text = `
    select n.nspname as "Schema", c.relname as "Name",
      case c.relkind when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view'
        when 'm' then 'materialized view' when 'S' then 'sequence' when 'f' then 'foreign table'
        when 'i' then 'index' when 'I' then 'partitioned index' end as "Type",
      pg_catalog.pg_get_userbyid(c.relowner) as "Owner"
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where position(c.relkind::text in $1) > 0
      and ($2 = '' or c.relname ~ $2) and ($3 = '' or n.nspname ~ $3)
      and ($3 <> '' or (pg_catalog.pg_table_is_visible(c.oid)
        and ($2 <> '' or n.nspname !~ '^(pg_catalog|information_schema|pg_toast)')))
    order by 1, 2`;
  const parameters = [kind.relkinds, pattern?.name ?? "", pattern?.schema ?? ""];
  return { title: kind.title, statement: { text, parameters } };
}

export function databases(pattern: NamePattern | undefined): Listing {
  const text = `
    select d.datname as "Name", pg_catalog.pg_get_userbyid(d.datdba) as "Owner",
      pg_catalog.pg_encoding_to_char(d.encoding) as "Encoding", d.datcollate as "Collate", d.datctype as "Ctype",
      pg_catalog.array_to_string(d.datacl, E'\\n') as "Access privileges"
    from pg_catalog.pg_database d where $1 = '' or d.datname ~ $1 order by 1`;
  return { title: "List of databases", statement: { text, parameters: [pattern?.name ?? ""] } };
}

export function schemas(pattern: NamePattern | undefined): Listing {
  const text = `
    select n.nspname as "Name", pg_catalog.pg_get_userbyid(n.nspowner) as "Owner"
    from pg_catalog.pg_namespace n
    where case $1 when '' then n.nspname !~ '^pg_' and n.nspname <> 'information_schema' else n.nspname ~ $1 end
    order by 1`;
  return { title: "List of schemas", statement: { text, parameters: [pattern?.name ?? ""] } };
}

export function roles(pattern: NamePattern | undefined): Listing {
  const text = `
    select r.rolname as "Role name", pg_catalog.concat_ws(', ',
      case when r.rolsuper then 'Superuser' end, case when r.rolcreaterole then 'Create role' end,
      case when r.rolcreatedb then 'Create DB' end, case when not r.rolcanlogin then 'Cannot login' end) as "Attributes",
      array(select b.rolname from pg_catalog.pg_auth_members m join pg_catalog.pg_roles b on m.roleid = b.oid
        where m.member = r.oid order by 1) as "Member of"
    from pg_catalog.pg_roles r
    where case $1 when '' then r.rolname !~ '^pg_' else r.rolname ~ $1 end order by 1`;
  return { title: "List of roles", statement: { text, parameters: [pattern?.name ?? ""] } };
}

export function functions(pattern: NamePattern | undefined): Listing {
  const text = `
    select n.nspname as "Schema", p.proname as "Name", pg_catalog.pg_get_function_result(p.oid) as "Result data type",
      pg_catalog.pg_get_function_arguments(p.oid) as "Argument data types"
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where ($1 = '' or p.proname ~ $1) and ($2 = '' or n.nspname ~ $2)
      and ($2 <> '' or (pg_catalog.pg_function_is_visible(p.oid)
        and ($1 <> '' or n.nspname not in ('pg_catalog', 'information_schema'))))
    order by 1, 2, 4`;
  return {
    title: "List of functions",
    statement: { text, parameters: [pattern?.name ?? "", pattern?.schema ?? ""] },
  };
}
