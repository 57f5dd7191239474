/** What every function stands on in AWS. Made once, when a function starts. */

import { randomBytes } from "node:crypto";
import type { Base } from "@postern/control/ports";
import { openDynamoStore } from "@postern/store/dynamodb/store";
import manifest from "../package.json" with { type: "json" };
import { env } from "./env.ts";

export function createBase(): Base {
  const { clusterName, publicUrl } = env.settings();
  return {
    store: openDynamoStore({ table: env.tableName(), now: Date.now }),
    clock: Date.now,
    random: randomBytes,
    config: { clusterName, version: manifest.version, origins: [new URL(publicUrl).origin] },
  };
}
