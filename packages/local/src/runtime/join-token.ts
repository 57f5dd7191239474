/** The token with which the proxy joins, where it must: a host that is known needs none. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadHost } from "@postern/control/host/record";
import type { Base } from "@postern/control/ports";
import { createToken } from "@postern/control/resource/token";
import { z } from "zod";
import { ifMissing } from "../postgres/place.ts";
import { writePrivateFile } from "../private-file.ts";
import type { DataFolder } from "./data-folder.ts";
import { localAdmin } from "./demo.ts";

/** Of the proxy's own file: who it is, or null until it has joined. */
const HostFile = z.object({ identity: z.object({ host_id: z.string() }).nullable() });

/** How people on this machine reach it. */
const names = ["localhost", "127.0.0.1", "::1"];

export async function keepJoinToken(base: Base, folder: DataFolder): Promise<void> {
  if (await isKnown(base, folder)) return;
  const { token } = await createToken(base, localAdmin, { type: "db", ttl: "1h", uses: 1, names });
  writePrivateFile(folder.joinToken, token);
}

async function isKnown(base: Base, { proxyState }: DataFolder): Promise<boolean> {
  const text = await readFile(join(proxyState, "host.json"), "utf8").catch(ifMissing(null));
  const identity = text === null ? null : HostFile.parse(JSON.parse(text)).identity;
  return identity !== null && (await loadHost(base, identity.host_id)) !== undefined;
}
