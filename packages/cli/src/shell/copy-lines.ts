import type { Lines } from "./lines.ts";

/** The data of COPY … FROM STDIN: lines as they come, until one that is `\.` alone. */
export async function* copyLines(lines: Lines): AsyncIterable<Uint8Array> {
  if (lines.interactive)
    process.stdout.write("Enter data to be copied, a row on each line; \\. on a line by itself ends it.\n");
  for (;;) {
    const line = await lines.next(">> ");
    if (line === undefined || line === String.raw`\.`) return;
    yield Buffer.from(`${line}\n`);
  }
}
