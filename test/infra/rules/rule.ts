/** What every rule about the infrastructure is made of: a pure function from the evaluated graph to its findings. */
import type { Graph, Resource, Value } from "../support/graph.ts";

/** A resource, by its name in the program, and what is wrong with it. */
export interface Finding {
  readonly resource: string;
  readonly detail: string;
}

export type Rule = (graph: Graph) => Finding[];

export function all(graph: Graph, type: string): Resource[] {
  return graph.resources.filter((resource) => resource.type === type);
}

/** The value at a path of keys and indices; undefined as soon as a step leads nowhere. */
export function at(value: Value, ...path: (string | number)[]): Value {
  let found = value;
  for (const step of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = Array.isArray(found) ? found[Number(step)] : found[step];
  }
  return found;
}

/** IAM and Pulumi write a list of one as that one. */
export function list(value: Value): Value[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** A text as it is, anything else as JSON. */
export function text(value: Value): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

/** Finds a resource whose value at a path isn't what it must be. */
export function expectAt(resource: Resource, path: string, expected: Value): Finding[] {
  const actual = at(resource.inputs, ...path.split("."));
  if (JSON.stringify(actual) === JSON.stringify(expected)) return [];
  return [
    {
      resource: resource.name,
      detail: `${path} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`,
    },
  ];
}

/** Each line that is there and shouldn't be, and each that should be and isn't. */
export function compareLines(
  resource: string,
  actual: readonly string[],
  expected: readonly string[],
): Finding[] {
  return [
    ...actual.filter((line) => !expected.includes(line)).map((line) => `unexpected: ${line}`),
    ...expected.filter((line) => !actual.includes(line)).map((line) => `missing: ${line}`),
  ].map((detail) => ({ resource, detail }));
}

/** A rule that needs exactly so many resources of a type finds nothing in their absence; this finds that. */
export function expectCount(graph: Graph, type: string, count: number): Finding[] {
  const names = all(graph, type).map((resource) => resource.name);
  return names.length === count
    ? []
    : [{ resource: type, detail: `${count} expected, found ${names.length}: ${names.join(", ")}` }];
}
