/** This proxy as a host of the cluster: joins once, renews its identity in time, says that it lives, hears what changed. */
import { createPrivateKey } from "node:crypto";
import { exportProofKey, type ProofKey } from "@postern/client/proof";
import type { HostIdentity } from "@postern/core/api/join";
import { isFault } from "@postern/core/fault";
import type { Clock } from "@postern/core/time";
import type { TlsIdentity } from "../client/tls.ts";
import type { ControlPlane } from "../control-plane.ts";
import type { Log } from "../log.ts";
import type { PeerIdentity } from "../peer/forward.ts";
import type { Authorities } from "../peer/identity.ts";
import { loadHost, saveHost } from "./identity-file.ts";
import type { Join } from "./join.ts";
import { isNamed, notNamed } from "./public-name.ts";

export interface HostOptions {
  readonly dataDir: string;
  readonly join: Join;
  /** `HOST:PORT`, where clients find this host: its certificate must name it. */
  readonly publicAddr: string;
  readonly now: Clock;
  readonly log: Log;
  /** The control plane, as the holder of the key and the token. */
  readonly connect: (key: ProofKey, accessToken: () => string | undefined) => ControlPlane;
}

/** Identities are renewed with this part of their time left. */
const renewalShare = 1 / 3;

export class Host {
  readonly controlPlane: ControlPlane;
  readonly #options: HostOptions;
  readonly #key: ProofKey;
  #identity: HostIdentity;
  #receivedAt: number;

  private constructor(
    options: HostOptions,
    key: ProofKey,
    identity: HostIdentity,
    controlPlane: ControlPlane,
  ) {
    this.#options = options;
    this.#key = key;
    this.#identity = identity;
    this.#receivedAt = options.now();
    this.controlPlane = controlPlane;
  }

  /** Joins at the first start; renews what an earlier one left. @throws Fault, where the control plane refuses */
  static async start(options: HostOptions): Promise<Host> {
    const { key, identity } = await loadHost(options.dataDir);
    let host: Host | undefined;
    const controlPlane = options.connect(key, () => host?.identity.access_token);
    const fresh = await obtain(options, controlPlane, key, identity);
    await saveHost(options.dataDir, { key, identity: fresh });
    host = new Host(options, key, fresh, controlPlane);
    return host;
  }

  get identity(): HostIdentity {
    return this.#identity;
  }

  /** What the listener shows and whom it believes. */
  async tlsIdentity(): Promise<TlsIdentity> {
    const { certificate, user_ca } = this.#identity;
    return { certificate, key: await this.#privateKey(), userCa: user_ca };
  }

  /** Whom to believe to be a host of the cluster. */
  authorities(): Authorities {
    return { cluster: this.#identity.cluster_name, hostCa: this.#identity.host_ca };
  }

  /** What other hosts are shown. */
  async peerIdentity(): Promise<PeerIdentity> {
    const { certificate } = this.#identity;
    return { ...this.authorities(), certificate, key: await this.#privateKey() };
  }

  /** True when it took a new identity, so that the listener must show another certificate. */
  async renewIfDue(): Promise<boolean> {
    const { access_token, expires_at, certificate_expires_at, host_id } = this.#identity;
    const expires = Math.min(Date.parse(expires_at), Date.parse(certificate_expires_at));
    const left = expires - this.#options.now();
    if (left > (expires - this.#receivedAt) * renewalShare) return false;
    await this.#take(await this.controlPlane.renew({ host_id }));
    return this.#identity.access_token !== access_token;
  }

  /** Takes the certificate authorities that a heartbeat told. True when they are others than before. */
  async trust(userCa: readonly string[], hostCa: readonly string[]): Promise<boolean> {
    const { user_ca, host_ca } = this.#identity;
    if (userCa.join() === user_ca.join() && hostCa.join() === host_ca.join()) return false;
    const receivedAt = this.#receivedAt;
    await this.#take({ ...this.#identity, user_ca: [...userCa], host_ca: [...hostCa] });
    this.#receivedAt = receivedAt;
    return true;
  }

  /** In PEM. */
  async #privateKey(): Promise<string> {
    const key = createPrivateKey({ key: await exportProofKey(this.#key), format: "jwk" });
    return key.export({ type: "pkcs8", format: "pem" }).toString();
  }

  async #take(identity: HostIdentity): Promise<void> {
    this.#identity = identity;
    this.#receivedAt = this.#options.now();
    await saveHost(this.#options.dataDir, { key: this.#key, identity });
  }
}

/**
 * A known host renews, so that it needs no token, and goes on as it is while nobody answers; one that isn't known any
 * more joins again, where it still has a token, as does one that is to be found under a name that isn't its own.
 */
async function obtain(
  options: HostOptions,
  controlPlane: ControlPlane,
  key: ProofKey,
  known: HostIdentity | null,
): Promise<HostIdentity> {
  const renewed = known === null ? undefined : await renewKnown(options, controlPlane, known);
  if (renewed && isNamed(renewed, options.publicAddr)) return renewed;
  const joined = await options.join(controlPlane, key).catch((error: unknown) => {
    throw renewed && isFault(error, "token.spent", "input.invalid")
      ? notNamed(renewed, options.publicAddr, error)
      : error;
  });
  if (isNamed(joined, options.publicAddr)) return joined;
  throw notNamed(joined, options.publicAddr);
}

/** Undefined where the control plane doesn't know it any more. */
async function renewKnown(
  { now, log }: HostOptions,
  controlPlane: ControlPlane,
  known: HostIdentity,
): Promise<HostIdentity | undefined> {
  const { host_id } = known;
  try {
    return await controlPlane.renew({ host_id });
  } catch (error) {
    if (isFault(error, "service.unavailable") && isGood(known, now())) return known;
    if (!isFault(error, "resource.missing", "auth.invalid", "access.denied")) throw error;
    log.warn({ host_id, err: error }, "this host isn't known any more; it joins again");
    return undefined;
  }
}

function isGood({ expires_at, certificate_expires_at }: HostIdentity, now: number): boolean {
  return Math.min(Date.parse(expires_at), Date.parse(certificate_expires_at)) > now;
}
