import { readFileSync } from "node:fs";
import { z } from "zod";
import { createConsole } from "./console.ts";

/** Put beside this function's bundle when it is deployed (infra/console.ts). */
const files = new URL("console.json", import.meta.url);

export const handler = createConsole(
  z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(files, "utf8"))),
);
