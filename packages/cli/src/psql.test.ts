import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { psqlEnvironment, runPsql } from "./psql.ts";

const tunnel = { folder: "/tmp/tunnel", port: 5432, cancel: () => Promise.resolve() };
const target = { database: "aurora", db_user: "alice", db_name: "post gres" };

test("psql is led to the tunnel, and by none of the person's settings elsewhere", () => {
  const environment = psqlEnvironment(
    {
      PATH: "/bin",
      PSQLRC: "/dev/null",
      PAGER: "less",
      PGOPTIONS: "-c x=1",
      PGAPPNAME: "mine",
      PGHOST: "evil.example.com",
      PGHOSTADDR: "10.0.0.1",
      PGSERVICE: "prod",
      PGPASSWORD: "secret",
      PGSSLMODE: "disable",
      PGSSLNEGOTIATION: "direct",
      PGTARGETSESSIONATTRS: "standby",
      PGSOMETHINGNEW: "x",
    },
    tunnel,
    target,
  );
  expect(environment).toEqual({
    PATH: "/bin",
    PSQLRC: "/dev/null",
    PAGER: "less",
    PGOPTIONS: "-c x=1",
    PGAPPNAME: "mine",
    PGHOST: "/tmp/tunnel",
    PGPORT: "5432",
    PGUSER: "alice",
    PGDATABASE: "post gres",
  });
});

describe("a program called psql", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "postern-psql-"));
    vi.stubEnv("PATH", folder);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  function install(script: string): void {
    writeFileSync(join(folder, "psql"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, "psql"), 0o755);
  }
  const run = (args: string[], ending = new AbortController().signal) =>
    runPsql(tunnel, target, args, ending);

  test("gets the arguments as they are, and its exit code is told", async () => {
    install('[ "$1" = "-c" ] && [ "$2" = "select \'a b\'; --" ] && [ "$PGUSER" = alice ] && exit 3');
    expect(await run(["-c", "select 'a b'; --"])).toBe(3);
  });

  test("is ended with the command that runs it", async () => {
    install("exec /bin/sleep 60");
    const ending = new AbortController();
    const running = run([], ending.signal);
    ending.abort();
    expect(await running).toBeNull();
  });

  test("that isn't there is named, with what else there is", async () => {
    await expect(run([])).rejects.toMatchObject({
      code: "resource.missing",
      data: { hint: expect.stringContaining("postern db query") as string },
    });
  });
});
