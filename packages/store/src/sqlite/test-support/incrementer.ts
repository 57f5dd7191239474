/** Run by `processes.test.ts`, several at a time: adds one to a shared counter, so many times. */
import { update } from "../../update.ts";
import { openSqliteStore } from "../store.ts";

const [path = "", times = "0"] = process.argv.slice(2);
const store = openSqliteStore({ path, now: Date.now });
for (let i = 0; i < Number(times); i += 1) {
  await update(store, { pk: "shared", sk: "counter" }, (item) => ({
    value: { uses: Number(item?.value["uses"] ?? 0) + 1 },
  }));
}
await store.close();
