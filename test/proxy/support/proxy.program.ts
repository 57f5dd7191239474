/** A stage in a process of its own. Its control plane lets everybody in, and takes no audit records. */
import { z } from "zod";
import { startStage } from "./stage.ts";

const endpoint = z
  .strictObject({ port: z.int(), caPem: z.string() })
  .parse(JSON.parse(process.argv[2] ?? ""));
const stage = await startStage(endpoint);
stage.control.isDeaf = true;
const { proxy, folder, client, files, control } = stage;
process.send?.({ port: proxy.port, folder, client, files, hostCa: control.hostCa.certificate });

/** What the process takes and couldn't give back: V8 leaves up to 64 MB of buffers for later. */
function measure(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

let most = 0;
setInterval(() => {
  most = Math.max(most, measure());
}, 250);

process.on("message", () => {
  const now = measure();
  process.send?.(Math.max(most, now));
  most = now;
});
process.once("disconnect", () => process.exit(1));
