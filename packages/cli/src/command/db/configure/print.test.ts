import { afterEach, beforeEach, expect, type MockInstance, test, vi } from "vitest";
import { exitCode, report } from "../../../failure.ts";
import { buildProgram } from "../../../program.ts";

let stdout: MockInstance<typeof process.stdout.write>;
let stderr: MockInstance<typeof process.stderr.write>;

beforeEach(() => {
  stdout = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Runs it as main.ts does. */
async function configure(...args: readonly string[]): Promise<number> {
  try {
    await buildProgram().parseAsync(["db", "configure", ...args], { from: "user" });
    return 0;
  } catch (error) {
    report(error);
    return exitCode(error);
  }
}

const said = (spy: MockInstance) => spy.mock.calls.map(([text]) => String(text)).join("");

const cluster = { region: "us-west-1", "account-id": "111111111111", "resource-id": "cluster-ABC" };
const printIam = (changes: object = {}) =>
  configure(
    "print-iam",
    ...Object.entries({ ...cluster, ...changes }).map(([name, value]) => `--${name}=${value}`),
  );

test.each<[object, RegExp]>([
  [{ region: "california" }, /expected a region such as us-west-1/],
  [{ "account-id": "1111-1111-1111" }, /12 digits, without dashes/],
  [{ "account-id": "11111111111" }, /12 digits/],
  [{ "resource-id": "cluster-abc" }, /did you mean cluster-ABC\?/],
  [{ "resource-id": "DB-abc" }, /did you mean db-ABC\?/],
  [{ "resource-id": "aurora" }, /describe-db-clusters/],
  [{ "resource-id": "arn:aws:rds:us-west-1:111111111111:cluster:aurora" }, /neither the cluster's name nor/],
  [{ "resource-id": "cluster-ABC/alice" }, /Expected a resource id/],
  [{ "db-users": "a b" }, /Expected names/],
  [{ "db-users": "a/b" }, /Expected names/],
  [{ "db-users": "," }, /one name or more/],
  [{ "assume-role-arn": "arn:aws:iam::1:user/x" }, /ARN of an IAM role/],
])("%j is wrong usage, and stdout stays empty", async (changes, words) => {
  expect(await printIam(changes)).toBe(2);
  expect(said(stdout)).toBe("");
  expect(said(stderr)).toMatch(words);
});

test("stdout is one policy, which names each user once", async () => {
  expect(await printIam({ "db-users": "alice,app_*" })).toBe(0);
  const users = "arn:aws:rds-db:us-west-1:111111111111:dbuser:cluster-ABC";
  expect(JSON.parse(said(stdout))).toMatchObject({
    Statement: [{ Action: "rds-db:connect", Resource: [`${users}/alice`, `${users}/app_*`] }],
  });
});

test.each(["public", "none", "pg_monitor", "", "x".repeat(64), "a\0b"])(
  "print-sql refuses the name %j",
  async (name) => {
    expect(await configure("print-sql", "--db-user", name)).toBe(2);
    expect(said(stdout)).toBe("");
    expect(said(stderr)).toMatch(/\w/);
  },
);
