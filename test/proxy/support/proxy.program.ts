/** A stage in a process of its own, to be killed. Its control plane lets everybody in, and takes no audit records. */
import { z } from "zod";
import { startStage } from "./stage.ts";

const endpoint = z
  .strictObject({ port: z.int(), caPem: z.string() })
  .parse(JSON.parse(process.argv[2] ?? ""));
const stage = await startStage(endpoint);
stage.control.isDeaf = true;
const { proxy, folder, client, files, control } = stage;
process.send?.({ port: proxy.port, folder, client, files, hostCa: control.hostCa.certificate });
process.once("disconnect", () => process.exit(1));
