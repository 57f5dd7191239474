import { expect, test } from "vitest";
import { formatDatabaseToken, parseDatabaseToken } from "./database-token.ts";

const token = { grant_id: "gr_01JD5Z3K8Q0123456789ABCDEF", secret: "abcdefghijklmnopqrstuvwxyz_-0123" };

test("a database token is 63 characters, names its grant and comes back as it was", () => {
  const text = formatDatabaseToken(token);
  expect(text).toHaveLength(63);
  expect(parseDatabaseToken(text)).toEqual(token);
});

test("a text that can't be a database token is not looked up", () => {
  const text = formatDatabaseToken(token);
  const wrong = [
    "",
    "secret",
    text.slice(0, -1),
    `x${text}`,
    `${text}a`,
    `${text}\n`,
    text.toUpperCase(),
    text.replace("_", "-"),
  ];
  expect(wrong.map(parseDatabaseToken)).toEqual(wrong.map(() => undefined));
});
