/**
 * Which row of the table a request is for, or whether it is for the console; API Gateway does the same by its own copy of
 * both (`infra/`).
 */
import { consoleMethods, consolePaths } from "@postern/core/api/console";
import type { FunctionName, Route } from "@postern/core/api/route";
import { type RouteName, type Routes, routes } from "@postern/core/api/routes";

type Row = Route & Pick<Routes[RouteName], "function">;

const rows = Object.entries(routes) as readonly (readonly [RouteName, Row])[]; // Object.entries forgets the keys

const patterns = rows.map(([name, route]) => ({ name, route, pattern: patternOf(route.path) }));

const consolePatterns = consolePaths.map(patternOf);

/** `{name}` takes one segment. */
function patternOf(path: string): RegExp {
  const escaped = path.replaceAll(/[.]/g, "\\$&").replaceAll(/\{\w+\}/g, "[^/]+");
  return new RegExp(`^${escaped}$`);
}

/** The methods that a path takes; none for a path at which there is nothing. */
export function methodsOf(path: string): readonly string[] {
  if (isConsolePath(path)) return consoleMethods;
  return patterns.filter(({ pattern }) => pattern.test(path)).map(({ route }) => route.method);
}

/** The function whose row a request is for; `read` answers for what is no row's. */
export function functionFor(method: string, path: string): Routes[RouteName]["function"] {
  const found = patterns.find(({ route, pattern }) => route.method === method && pattern.test(path));
  return found?.route.function ?? "read";
}

/** True for what the console answers: a page, or a file of one. */
export function isForConsole(method: string, path: string): boolean {
  return consoleMethods.some((each) => each === method) && isConsolePath(path);
}

function isConsolePath(path: string): boolean {
  return consolePatterns.some((pattern) => pattern.test(path));
}

/** The rows of one function. */
export function rowsOf(name: FunctionName): readonly (readonly [RouteName, Row])[] {
  return rows.filter(([, route]) => route.function === name);
}
