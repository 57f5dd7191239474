import pg from "pg";
import type { Database } from "./stage.ts";

/** PostgreSQL's superuser, past the proxy and the stand-in. To be ended by who asked. */
export async function connectAdmin({ aurora }: Pick<Database, "aurora">): Promise<pg.Client> {
  const { port, superuser, certificate } = aurora.postgres;
  const { name: user, password } = superuser;
  const admin = new pg.Client({
    host: "localhost",
    port,
    user,
    password,
    database: "postgres",
    ssl: { ca: certificate },
  });
  // Where the server is made to crash, so does this.
  admin.on("error", () => undefined);
  await admin.connect();
  return admin;
}
