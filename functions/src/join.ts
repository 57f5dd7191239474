import { openKmsSigner } from "@postern/control/cloud/kms";
import { createPrincipalVerifier } from "@postern/control/cloud/sts-principal";
import { createFunction } from "./app.ts";
import { createBase } from "./deps.ts";
import { env } from "./env.ts";
import { joinHandlers } from "./handlers/join.ts";

const deps = {
  ...createBase(),
  hostCa: openKmsSigner(env.keyId("HostCaKey")),
  principals: createPrincipalVerifier(),
};

export const handler = createFunction("join", joinHandlers, deps);
