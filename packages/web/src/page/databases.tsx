import type { DatabaseList } from "@postern/core/api/read";
import { printableLine } from "@postern/core/printable";
import { useCallback } from "react";
import type { Session } from "../login/session.ts";
import { Command } from "../ui/command.tsx";
import { Problem } from "../ui/problem.tsx";
import { useLoad } from "../ui/use-load.ts";
import { connectLine } from "./connect-line.ts";

type Database = DatabaseList["databases"][number];

/** The databases that the person's roles let him see, and what to type for each. */
export function DatabasesPage({ session }: { readonly session: Session }) {
  const { call, status } = session;
  const loaded = useLoad(useCallback(() => call("listDatabases", {}), [call]));
  return (
    <main>
      <title>Databases · Postern</title>
      <h1>Databases</h1>
      {loaded.type === "loading" && <p role="status">Loading…</p>}
      {loaded.type === "failed" && <Problem error={loaded.error} />}
      {loaded.type === "loaded" && <DatabaseTable databases={loaded.value.databases} user={status.user} />}
    </main>
  );
}

function DatabaseTable({
  databases,
  user,
}: {
  readonly databases: readonly Database[];
  readonly user: string;
}) {
  if (databases.length === 0) return <p className="empty">Your roles show you no database.</p>;
  return (
    <div className="table" role="region" aria-label="Databases" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Labels</th>
            <th scope="col">Allowed users</th>
            <th scope="col">Connect</th>
          </tr>
        </thead>
        <tbody>
          {databases.map((database) => (
            <DatabaseRow key={database.name} database={database} user={user} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function DatabaseRow({ database, user }: { readonly database: Database; readonly user: string }) {
  const { name, description, labels, allowed_users, public_addr } = database;
  return (
    <tr>
      <th scope="row">
        {printableLine(name)}
        <Health database={database} />
        {description !== "" && <p className="hint">{printableLine(description)}</p>}
      </th>
      <td>
        <ul className="labels">
          {Object.entries(labels).map(([key, value]) => (
            <li key={key}>{printableLine(`${key}=${value}`)}</li>
          ))}
        </ul>
      </td>
      <td>{printableLine(allowed_users)}</td>
      <td>
        {public_addr === null ? (
          "no live server"
        ) : (
          <Command line={connectLine(database, user)} what={`the command for ${name}`} />
        )}
      </td>
    </tr>
  );
}

/** What is well needs no words. */
function Health({ database: { health, health_reason } }: { readonly database: Database }) {
  if (health === "healthy") return null;
  return (
    <span className={`badge ${health === "unhealthy" ? "bad" : ""}`}>
      {health}
      {health_reason !== null && `: ${printableLine(health_reason)}`}
    </span>
  );
}
