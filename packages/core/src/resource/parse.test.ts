import fc from "fast-check";
import { expect, test } from "vitest";
import { Fault, type InputIssue } from "../fault.ts";
import { formatResource } from "./format.ts";
import { formatPath, parsePath } from "./issue.ts";
import { locatePath, parseResources } from "./parse.ts";
import type { Resource } from "./resource.ts";

/** Verbatim from GUIDE.md, step 4. */
const guideRole = `kind: role
version: v3
metadata:
  name: db
spec:
  allow:
    db_labels:
      '*': '*'
    db_names:
    - '*'
    db_users:
    - '*'
`;

const role: Resource = {
  kind: "role",
  version: "v3",
  metadata: { name: "db" },
  spec: { allow: { db_labels: { "*": "*" }, db_names: ["*"], db_users: ["*"] } },
};

function issuesOf(text: string): readonly InputIssue[] {
  try {
    parseResources(text, "file.yaml");
  } catch (error) {
    if (error instanceof Fault && error.code === "input.invalid") return error.data.issues ?? [];
    throw error;
  }
  return [];
}

const places = (text: string) => issuesOf(text).map(({ path, line, column }) => `${line}:${column} ${path}`);

test("the role of the guide, verbatim", () => {
  expect(parseResources(guideRole, "role.yaml")).toEqual([role]);
});

test("the same as JSON, compact, indented with blanks or with tabs", () => {
  for (const indent of [undefined, 2, "\t"]) {
    expect(parseResources(JSON.stringify(role, null, indent), "role.json")).toEqual([role]);
  }
});

test("several documents, empty ones among them, and lists", () => {
  const user = "kind: user\nversion: v2\nmetadata: {name: alice}\nspec: {roles: [db]}\n";
  const kinds = (text: string) => parseResources(text, "all.yaml").map(({ kind }) => kind);
  expect(kinds(`---\n# first\n---\n${guideRole}---\n${user}...\n`)).toEqual(["role", "user"]);
  expect(kinds(JSON.stringify([role, role]))).toEqual(["role", "role"]);
});

test.each([
  ["a misspelt key", guideRole.replace("db_names", "db_nmaes"), ["9:5 spec.allow.db_nmaes"]],
  [
    "a key of another level",
    guideRole.replace("  allow:", "  db_users: []\n  allow:"),
    ["6:3 spec.db_users"],
  ],
  ["a key beside kind", `${guideRole}extra: 1\n`, ["13:1 extra"]],
  [
    "a missing key, where its parent stands",
    guideRole.replace("  name: db", "  labels: {}"),
    ["3:1 metadata.name"],
  ],
  ["a wrong enum", guideRole.replace("v3", "v99"), ["2:10 version"]],
  ["a wrong kind", guideRole.replace("kind: role", "kind: rolle"), ["1:7 kind"]],
  [
    "a member of a list",
    guideRole.replace("    - '*'\n    db", "    - '*'\n    - 7\n    db"),
    ["11:7 spec.allow.db_names[1]"],
  ],
  ["a label's key", guideRole.replace("'*': '*'", "'a b': x"), ['8:7 spec.allow.db_labels["a b"]']],
  [
    "a label's value",
    guideRole.replace("'*': '*'", "env: [dev, true]"),
    ["8:18 spec.allow.db_labels.env[1]"],
  ],
  ["the wildcard's value", guideRole.replace("'*': '*'", "'*': x"), ['8:12 spec.allow.db_labels["*"]']],
  [
    "a regular expression, to its column",
    guideRole.replace("- '*'\n    db", "- ^db[z-a]$\n    db"),
    ["10:11 spec.allow.db_names[0]"],
  ],
  [
    "a quoted one",
    guideRole.replace("- '*'\n    db", "- '^db[z-a]$$'\n    db"),
    ["10:12 spec.allow.db_names[0]"],
  ],
  [
    "a template",
    guideRole.replace("- '*'\n    db", '- "x-{{a.b}}"\n    db'),
    ["10:10 spec.allow.db_names[0]"],
  ],
  [
    "one with escapes, to its start",
    guideRole.replace("- '*'\n    db", '- "^\\x64b[z-a]$"\n    db'),
    ["10:7 spec.allow.db_names[0]"],
  ],
  ["a text for an object", "just text", ["1:1 "]],
  [
    "all mistakes at once",
    guideRole.replace("v3", "v9").replace("db_users", "db_user"),
    ["2:10 version", "11:5 spec.allow.db_user"],
  ],
  [
    "the second document",
    `${guideRole}---\n${guideRole.replace("name: db", "name: DB")}`,
    ["17:9 metadata.name"],
  ],
  [
    "a member of a list of resources",
    `- kind: role\n- ${JSON.stringify({ ...role, x: 1 })}`,
    [
      "1:3 [0].version",
      "1:3 [0].metadata",
      "1:3 [0].spec",
      `2:${JSON.stringify({ ...role, x: 1 }).indexOf('"x"') + 3} [1].x`,
    ],
  ],
])("YAML: %s is refused with path, line and column", (_title, text, expected) => {
  expect(places(text)).toEqual(expected);
});

test("JSON: an unknown key is refused with path, line and column at every level", () => {
  const text = JSON.stringify(role, null, 2);
  const keys: readonly [string, string][] = [
    ['"kind"', "2:3 unknwon"],
    ['"name"', "5:5 metadata.unknwon"],
    ['"allow"', "8:5 spec.unknwon"],
    ['"db_labels"', "9:7 spec.allow.unknwon"],
  ];
  for (const [key, place] of keys) expect(places(text.replace(key, `"unknwon": 1, ${key}`))).toEqual([place]);
});

test.each([
  ["an open bracket", "a: [1", "1:6 "],
  ["bad indentation", "a:\n  - b\n c: 1\n", "3:1 "],
  ["JSON with a missing brace", '{"kind": "role"', "1:16 "],
  ["a duplicate key", guideRole.replace("  name: db", "  name: db\n  name: x"), "5:3 "],
  ["a duplicate key in JSON", '{\n"kind": "role",\n"kind": "user"}', "3:1 "],
  ["an alias", "a: &x 1\nb: *x\n", "1:7 "],
  ["a tag", "a: !!str 1\n", "1:10 "],
  ["a merge key is no merge", guideRole.replace("  name: db", "  <<: {name: db}"), "3:1 metadata.name"],
  ["a directive", "%YAML 1.1\n---\na: no\n", "1:1 "],
  ["a key that is no text", "? [a]\n: 1\n", "1:3 "],
  ["the key __proto__", '{"kind": "role", "__proto__": {}}', "1:18 "],
  ["depth", "[".repeat(100_000), "1:65 "],
  ["compact depth", "- ".repeat(100_000), "1:128 "],
  ["size", " ".repeat(1024 * 1024 + 1), "1:1 "],
  ["nothing", "", "1:1 "],
  ["comments alone", "# nothing\n", "1:1 "],
  ["an empty list", "[]", "1:1 "],
])("%s is refused with line and column", (_title, text, place) => {
  expect(places(text)[0]).toBe(place);
});

test("an alias bomb costs nothing", () => {
  const bomb = [
    "a: &a [x, x, x, x]",
    ...Array.from({ length: 20 }, (_, i) => `k${i}: &k${i} [*a, *a, *a, *a]`),
  ].join("\n");
  const start = performance.now();
  expect(issuesOf(bomb).length).toBeGreaterThan(0);
  expect(performance.now() - start).toBeLessThan(1_000);
});

test("messages name the source, and no control character of the text reaches them", () => {
  const text = guideRole.replace("db_names:", '"\\e[2J\\u202e":');
  expect(() => parseResources(text, "role.yaml")).toThrow(
    /^role\.yaml:9:5: spec\.allow\["\\u\{1b\}\[2J\\u\{202e\}"\]: unknown key$/,
  );
});

test("many mistakes are cut off, and counted", () => {
  const text = JSON.stringify({
    ...role,
    ...Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`x${i}`, i])),
  });
  expect(issuesOf(text)).toHaveLength(100);
  expect(() => parseResources(text, "x")).toThrow(/and 150 more$/);
});

test("whatever the text, the answer is resources or the fault input.invalid", () => {
  const fragment = fc.constantFrom(
    "kind: role",
    "\n",
    "  ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ":",
    "'",
    '"',
    "&a",
    "*a",
    "!!x",
    "? ",
    "|",
    ">",
    "%",
    "---",
    "#",
    "\t",
    "\0",
    "é",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.array(fragment, { maxLength: 60 }).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, (text) => {
      for (const { line, column } of issuesOf(text)) {
        expect(line).toBeGreaterThan(0);
        expect(column).toBeGreaterThan(0);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("what is formatted parses to the same, in one order of keys whatever the resource's", () => {
  const mixed: Resource = {
    spec: {
      deny: { db_names: ["x"] },
      allow: { rules: [{ verbs: ["*"], resources: ["role"] }], db_labels: { team: "a", env: ["b"] } },
    },
    metadata: { labels: { b: "yes", a: "1" }, name: "db", description: "two\nlines: 'x'" },
    version: "v8",
    kind: "role",
  };
  const text = formatResource(mixed);
  expect(parseResources(text, "x")).toEqual([mixed]);
  expect(text).toBe(`kind: role
version: v8
metadata:
  name: db
  description: |-
    two
    lines: 'x'
  labels:
    a: "1"
    b: yes
spec:
  allow:
    db_labels:
      env:
        - b
      team: a
    rules:
      - resources:
          - role
        verbs:
          - "*"
  deny:
    db_names:
      - x
`);
});

test("a path of one of several resources is found again, for who knows more than the text", () => {
  const users =
    "kind: user\nspec:\n  roles: [a, b]\n---\n---\n- kind: user\n  spec:\n    roles:\n    - a\n    - b\n";
  expect(locatePath(users, 0, "spec.roles[1]")).toEqual({ line: 3, column: 14 });
  expect(locatePath(users, 1, "spec.roles[1]")).toEqual({ line: 10, column: 7 });
  expect(locatePath(users, 1, "spec.roles[7].x")).toEqual({ line: 8, column: 5 });
  expect(locatePath(users, 2, "spec")).toBeUndefined();
  expect(locatePath("{", 0, "spec")).toBeUndefined();
});

test("a path is read as it was written, whatever its keys", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(), fc.stringMatching(/^[A-Za-z_*.[\]-]+$/))), (path) => {
      expect(parsePath(formatPath(path))).toEqual(path);
    }),
  );
});
