/** `postern edit` with a program in the place of the person's editor. */
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Local, startLocal } from "../support/local.ts";

let local: Local;
let folder: string;

beforeAll(async () => {
  local = await startLocal();
  folder = join(local.dataDir, "..", "editors");
  mkdirSync(folder);
}, 120_000);
afterAll(() => local.remove());

/** Runs `postern …` as the local admin, with this shell script as the editor: `$1` is the file. */
async function edit(script: string, args: string[], name = "editor") {
  const editor = join(folder, name);
  writeFileSync(editor, `#!/bin/sh\n${script}\n`);
  chmodSync(editor, 0o755);
  const env = {
    EDITOR: `'${editor}'`,
    VISUAL: "",
    NODE_COMPILE_CACHE: join(folder, "cache"),
    TMPDIR: folder,
  };
  return await local.postern(["edit", ...args, `--data-dir=${local.dataDir}`], { env });
}

const get = async (ref: string) => (await local.postern(["get", ref, `--data-dir=${local.dataDir}`])).stdout;
const keptFile = (stderr: string) => /create --force -f '([^']+)'/.exec(stderr)?.[1] ?? "";

describe("edit", () => {
  test("writes what the editor made of the file, which is its owner's alone", async () => {
    const done = await edit(
      `stat -c %a "$1" > '${folder}/mode'; echo "$1" > '${folder}/file'; sed -i 's/^  name: db/&\\n  description: mine/' "$1"`,
      ["role/db"],
    );
    expect(done).toMatchObject({ code: 0, stdout: 'role "db" has been updated\n' });
    expect(readFileSync(join(folder, "mode"), "utf8")).toBe("600\n");
    expect(await get("role/db")).toContain("description: mine");
    expect(existsSync(readFileSync(join(folder, "file"), "utf8").trim())).toBe(false);
  });

  test("says so where nothing was changed, or the editor failed", async () => {
    expect(await edit("true", ["role/db"])).toMatchObject({ code: 0, stdout: 'role "db" was not changed\n' });
    const failed = await edit("exit 3", ["role/db"]);
    expect(failed).toMatchObject({ code: 1, stdout: "" });
    expect(failed.stderr).toMatch(/editor .* failed.*hint: set VISUAL or EDITOR/s);
  });

  test("keeps a text that is not accepted, and says where it is wrong", async () => {
    const broken = await edit(`sed -i 's/db_users/db_user/' "$1"`, ["role/db"]);
    expect(broken).toMatchObject({ code: 1, stdout: "" });
    expect(broken.stderr).toMatch(/role-db\.yaml:\d+:\d+: spec\.allow\.db_user: unknown key/);
    expect(readFileSync(keptFile(broken.stderr), "utf8")).toContain("db_user:");
    expect(statSync(keptFile(broken.stderr)).mode & 0o777).toBe(0o600);
    const unknown = await edit(`sed -i 's/- db$/- bd/' "$1"`, ["user/alice"]);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toMatch(
      /user-alice\.yaml:\d+:\d+: spec\.roles\[1\]: no such role: `bd`.*did you mean `db`/s,
    );
    const renamed = await edit(`sed -i 's/name: db/name: other/' "$1"`, ["role/db"]);
    expect(renamed.stderr).toContain("expected the role `db`");
  });

  test("does not write over what somebody else wrote meanwhile", async () => {
    const theirs = join(folder, "theirs.yaml");
    writeFileSync(theirs, (await get("role/db")).replace("description: mine", "description: theirs"));
    const other = `'${process.execPath}' packages/cli/src/main.ts create --force -f '${theirs}' --data-dir='${local.dataDir}' >/dev/null`;
    const raced = await edit(`sed -i 's/mine/late/' "$1"; ${other}`, ["role/db"]);
    expect(raced).toMatchObject({ code: 1, stdout: "" });
    expect(raced.stderr).toMatch(/changed at the same time.*your text is kept/s);
    expect(readFileSync(keptFile(raced.stderr), "utf8")).toContain("late");
    expect(await get("role/db")).toContain("theirs");
  });

  test("works for users and databases, and says what it doesn't work for", async () => {
    expect(await edit(`sed -i 's/name: alice/&\\n  description: Alice/' "$1"`, ["user/alice"])).toMatchObject(
      { code: 0 },
    );
    expect(
      await edit(`sed -i 's/env: dev/&\\n    team: books/' "$1"`, ["db/aurora", "--format=json"]),
    ).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"team": "books"') as string,
    });
    expect(await edit("true", ["db_server/x"])).toMatchObject({ code: 2, stdout: "" });
    const unknown = await edit("true", ["role/dbb"]);
    expect(unknown).toMatchObject({ code: 1, stdout: "" });
    expect(unknown.stderr).toContain("did you mean `db`?");
  });
});
