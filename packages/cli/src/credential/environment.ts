/** What other programs need to connect with saved files: libpq's variables, and URLs. */
import { shellWord } from "../shell-word.ts";
import { parseAddress } from "./address.ts";
import type { SavedCredential } from "./files.ts";

/** Manual, "libpq - Environment Variables". */
export function libpqVariables({
  address,
  db_user,
  db_name,
  files,
}: SavedCredential): Record<string, string> {
  const { host, port } = parseAddress(address);
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: files.root,
    PGSSLCERT: files.certificate,
    PGSSLKEY: files.key,
    PGUSER: db_user,
    PGDATABASE: db_name,
  };
}

/** Manual, "libpq - Connection URIs"; pgx, psycopg and others read it as well. */
export function postgresUrl({ address, db_user, db_name, files }: SavedCredential): string {
  const query = parameters({
    sslmode: "verify-full",
    sslrootcert: files.root,
    sslcert: files.certificate,
    sslkey: files.key,
  });
  return `postgresql://${encodeURIComponent(db_user)}@${address}/${encodeURIComponent(db_name)}?${query}`;
}

/** pgjdbc reads a key in PKCS#8 as DER, and no PEM (its manual, "Connection Parameters", `sslkey`). */
export function jdbcUrl({ address, db_user, db_name, files }: SavedCredential): string {
  const query = parameters({
    user: db_user,
    sslmode: "verify-full",
    sslrootcert: files.root,
    sslcert: files.certificate,
    sslkey: files.keyDer,
  });
  return `jdbc:postgresql://${address}/${encodeURIComponent(db_name)}?${query}`;
}

/** `export NAME=value` for each, which sh, bash, zsh and fish understand. */
export function exportLines(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).map(([name, value]) => `export ${name}=${shellWord(value)}`);
}

function parameters(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
}
