import { expect, test } from "vitest";
import { ZodError } from "zod";
import { parseEnvironment } from "../../infra/environment.ts";

const database = {
  name: "aurora",
  protocol: "postgres",
  uri: "aurora.example.com:5432",
  aws: { region: "us-west-1", resource_id: "cluster-ABC" },
};

test("a stage needs no configuration", () => {
  expect(parseEnvironment({})).toEqual({ POSTERN_DATABASES: [], POSTERN_CONNECT_ARNS: [] });
});

test("a database is stated as in a host's configuration file", () => {
  const { POSTERN_DATABASES: databases } = parseEnvironment({
    POSTERN_DATABASES: JSON.stringify([database]),
  });
  expect(databases).toMatchObject([{ ...database, description: "", labels: {} }]);
});

test("roles and database users of other hosts' databases are a list", () => {
  const arns = [
    "arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-ABC/*",
    "arn:aws-us-gov:iam::123456789012:role/path/postern",
  ];
  expect(parseEnvironment({ POSTERN_CONNECT_ARNS: arns.join(",") }).POSTERN_CONNECT_ARNS).toEqual(arns);
});

test.each([
  ["no JSON", "POSTERN_DATABASES", "aurora", []],
  ["a database without a port", "POSTERN_DATABASES", databases({ uri: "aurora" }), [0, "uri"]],
  [
    "a database that nothing may sign for",
    "POSTERN_DATABASES",
    databases({ aws: { region: "us-west-1" } }),
    [0, "aws"],
  ],
  ["a key that nobody knows", "POSTERN_DATABASES", databases({ lables: {} }), [0]],
  ["every cluster", "POSTERN_CONNECT_ARNS", "arn:aws:rds-db:us-east-1:123456789012:dbuser:*/alice", [0]],
  ["every account", "POSTERN_CONNECT_ARNS", "arn:aws:rds-db:us-east-1:*:dbuser:cluster-ABC/alice", [0]],
  ["every role", "POSTERN_CONNECT_ARNS", "arn:aws:iam::123456789012:role/*", [0]],
  ["another kind of right", "POSTERN_CONNECT_ARNS", "arn:aws:s3:::bucket", [0]],
  ["a URL for a domain", "POSTERN_DOMAIN", "https://postern.example.com", []],
  ["a port in a domain", "POSTERN_PROXY_DOMAIN", "db.example.com:5432", []],
])("%s is refused, with the place named", (_, variable, value, place) => {
  const paths = issuePaths({ [variable]: value });
  expect(paths).toEqual([[variable, ...place]]);
});

function databases(change: object): string {
  return JSON.stringify([{ ...database, ...change }]);
}

function issuePaths(environment: Record<string, string>): PropertyKey[][] {
  try {
    parseEnvironment(environment);
    return [];
  } catch (error) {
    if (error instanceof ZodError) return error.issues.map((issue) => issue.path);
    throw error;
  }
}
