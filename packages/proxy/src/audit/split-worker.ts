/** Runs in a thread of its own: libpg-query can be brought down by hostile SQL, for good. Who asks replaces it then. */
import { parentPort } from "node:worker_threads";
import { loadModule, parseSync } from "libpg-query";

export interface SplitRequest {
  readonly id: number;
  readonly text: string;
}

/** `broken`: the parser failed by itself and isn't to be asked again. */
export type SplitAnswer =
  | { readonly id: number; readonly type: "statements"; readonly texts: readonly string[] }
  | { readonly id: number; readonly type: "no_sql" }
  | { readonly id: number; readonly type: "broken" };

await loadModule();
parentPort?.on("message", ({ id, text }: SplitRequest) => {
  parentPort?.postMessage(answer(id, text), []);
});

function answer(id: number, text: string): SplitAnswer {
  try {
    return { id, type: "statements", texts: split(text) };
  } catch (error) {
    return { id, type: error instanceof Error && error.name === "SqlError" ? "no_sql" : "broken" };
  }
}

/** The parser's offsets count UTF-8 bytes. Length 0 reaches to the end. */
function split(text: string): string[] {
  const bytes = Buffer.from(text);
  const { stmts = [] } = parseSync(text);
  return stmts.map(({ stmt_location: start = 0, stmt_len: length = 0 }) =>
    bytes.toString("utf8", start, length === 0 ? bytes.length : start + length).trim(),
  );
}
