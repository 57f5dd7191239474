/** Addresses of requests, from a row's path and what a caller puts in. */
import { Fault } from "@postern/core/fault";

/** What fits into a path or a query. */
export type Scalar = string | number | boolean | undefined;

/**
 * `/v1/resources/{kind}` with its parameters percent-encoded. Throws Fault `input.invalid` for a parameter that would
 * change the path: URLs drop `.` and `..`, however they are encoded (WHATWG URL, "path state").
 */
export function buildPath(template: string, params: Readonly<Record<string, Scalar>> = {}): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(params[name] ?? "");
    if (/^\.{0,2}$/.test(value)) throw new Fault("input.invalid", `\`${value}\` can't be a ${name}`);
    return encodeURIComponent(value);
  });
}

/** With its question mark; empty where nothing is asked. */
export function buildQuery(query: Readonly<Record<string, Scalar>> = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  return search.size === 0 ? "" : `?${search.toString()}`;
}
