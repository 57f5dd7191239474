import { createFunction } from "./app.ts";
import { createBase } from "./deps.ts";
import { readHandlers } from "./handlers/read.ts";

export const handler = createFunction("read", readHandlers, createBase());
