/** How a host gets its first identity: by what its configuration says. */
import type { HostIdentity } from "@postern/core/api/join";
import type { ServiceConfig } from "@postern/core/config/service-config";
import { Fault } from "@postern/core/fault";
import { readJoinToken } from "../config.ts";
import type { ControlPlane } from "../control-plane.ts";

/** Asked only when it must: a host that is known needs no token. @throws Fault */
export type Join = (controlPlane: ControlPlane) => Promise<HostIdentity>;

export interface JoinOptions {
  readonly method: ServiceConfig["postern"]["join"];
  /** Where a relative path to a token may start from. */
  readonly folder: string;
  readonly version: string;
  /** Told of what isn't as safe as it should be. */
  readonly warn: (text: string) => void;
}

export function joinBy({ method, folder, version, warn }: JoinOptions): Join {
  return async (controlPlane) => {
    switch (method.method) {
      case "token": {
        const token = await readJoinToken(method.token, folder, warn);
        return await controlPlane.join({ token, version });
      }
      case "iam":
        throw new Fault("input.invalid", "joining by IAM is not supported yet; use a token");
    }
  };
}
