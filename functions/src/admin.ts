import { createFunction } from "./app.ts";
import { createBase } from "./deps.ts";
import { adminHandlers } from "./handlers/admin.ts";

export const handler = createFunction("admin", adminHandlers, createBase());
