/** How a host gets its first identity: by what its configuration says. */
import type { ProofKey } from "@postern/client/proof";
import type { HostIdentity, JoinByIamRequest } from "@postern/core/api/join";
import type { ServiceConfig } from "@postern/core/config/service-config";
import { Fault } from "@postern/core/fault";
import { parseChallenge } from "@postern/core/iam/challenge";
import type { IamProof } from "@postern/core/iam/identity-request";
import { readJoinToken } from "../config.ts";
import type { ControlPlane } from "../control-plane.ts";

/** Asked only when it must: a host that is known needs no token. @throws Fault */
export type Join = (controlPlane: ControlPlane, key: ProofKey) => Promise<HostIdentity>;

export interface JoinOptions {
  readonly method: ServiceConfig["postern"]["join"];
  /** Where a relative path to a token may start from. */
  readonly folder: string;
  /** Whose STS tells who this host is; any region's does. */
  readonly region: string;
  readonly version: string;
  /** Told of what isn't as safe as it should be. */
  readonly warn: (text: string) => void;
}

export function joinBy({ method, folder, region, version, warn }: JoinOptions): Join {
  return async (controlPlane, key) => {
    switch (method.method) {
      case "token": {
        const token = await readJoinToken(method.token, folder, warn);
        return await controlPlane.join({ token, version });
      }
      case "iam": {
        const { signIdentity } = await import("./iam-proof.ts"); // slow to load, and most starts do without
        const sign: SignIdentity = (challenge) => signIdentity({ region }, challenge);
        return await joinByIam(controlPlane, key, { token_name: method.token_name, version }, sign);
      }
    }
  };
}

export type SignIdentity = (challenge: string) => Promise<IamProof>;

/** @throws Fault, where the control plane refuses, or asks for what isn't to be signed */
export async function joinByIam(
  controlPlane: ControlPlane,
  key: ProofKey,
  request: Omit<JoinByIamRequest, "proof">,
  sign: SignIdentity,
): Promise<HostIdentity> {
  const { challenge } = await controlPlane.challenge();
  // Signed for another key it would let that one in: somebody may have asked another cluster, and handed it on.
  if (parseChallenge(challenge)?.thumbprint !== key.thumbprint) {
    throw new Fault("auth.invalid", "the control plane asks for a proof that isn't for this host's key", {
      hint: "is `proxy_server` the control plane that it should be?",
    });
  }
  return await controlPlane.joinByIam({ ...request, proof: await sign(challenge) });
}
