import { openKmsSigner } from "@postern/control/cloud/kms";
import { createFunction } from "./app.ts";
import { createBase } from "./deps.ts";
import { env } from "./env.ts";
import { authHandlers } from "./handlers/auth.ts";

const deps = {
  ...createBase(),
  userCa: openKmsSigner(env.keyId("UserCaKey")),
  accessTokens: openKmsSigner(env.keyId("AccessTokenKey")),
};

export const handler = createFunction("auth", authHandlers, deps);
