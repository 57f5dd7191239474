import { expect, test } from "vitest";
import { connectLine } from "./connect-line.ts";

test.each([
  ["himself, where any is allowed", "[*]", "alice"],
  ["himself, where he is named", "[app alice]", "alice"],
  ["the only one", "[app]", "app"],
  ["one that is named, where he himself isn't", "[* app], except: [alice]", "app"],
  ["nobody in particular, where patterns alone are allowed", "[app_* ^r.*$]", "USER"],
  ["nobody in particular, where none is", "(none)", "USER"],
  ["no name that a shell would read otherwise", "[$(reboot)]", "USER"],
])("a person connects as %s", (_, allowed_users, user) => {
  expect(connectLine({ name: "aurora", allowed_users }, "alice")).toBe(
    `postern db connect --db-user=${user} --db-name=postgres aurora`,
  );
});
