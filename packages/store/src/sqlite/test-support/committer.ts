/**
 * Run by `crash.test.ts` as a process of its own, and killed at any point. Commits rounds without end, each of four
 * items in one commit, and prints a round's number once it is acknowledged.
 */
import { writeSync } from "node:fs";
import { openSqliteStore } from "../store.ts";

const [path = "", first = "0"] = process.argv.slice(2);
const store = openSqliteStore({ path, now: Date.now });
const bytes = new Uint8Array(20_000).fill(1);

for (let round = Number(first); ; round += 1) {
  const result = await store.commit(
    ["a", "b", "c", "d"].map((part) => ({
      type: "put",
      key: { pk: `round-${round}`, sk: part },
      value: { round },
      bytes,
      condition: { type: "absent" },
    })),
  );
  if (result.type === "committed") {
    writeSync(1, `${round}\n`);
  }
}
