/** Certificates held in memory alone, renewed before they end, and when their login is another one. */
import type { Clock } from "@postern/core/time";
import type { UserSession } from "../session.ts";
import { type ClientCertificate, requestCertificate, type Target } from "./certificate.ts";

export interface CertificateSource {
  /** Good for half a minute at least, if the login lasts as long. Throws Fault: `access.denied`, `auth.expired`, … */
  get(): Promise<ClientCertificate>;
  /** Another one in the place of this: the proxy that it leads to may be gone, and another have taken over. */
  renew(stale: ClientCertificate): Promise<ClientCertificate>;
}

/** What a certificate is asked for with. */
export type Requester = Pick<UserSession, "client" | "hostCa"> & {
  readonly login: Pick<UserSession["login"], "login_session">;
};

const margin = 30_000;

/**
 * Requests a certificate when none is held or the one held is about to end; concurrent callers share one request.
 * @param login the login of the moment: what hangs on one that is over is good for nothing, however long it would last
 */
export function certificateSource(
  login: () => Promise<Requester>,
  target: Target,
  clock: Clock = Date.now,
): CertificateSource {
  let held: { readonly certificate: ClientCertificate; readonly loginSession: string } | undefined;
  let pending: Promise<ClientCertificate> | undefined;
  const request = async (requester: Requester) => {
    try {
      const certificate = await requestCertificate(requester, target, "connections");
      held = { certificate, loginSession: requester.login.login_session };
      return certificate;
    } finally {
      pending = undefined;
    }
  };
  const get = async () => {
    const requester = await login();
    if (held?.loginSession === requester.login.login_session && held.certificate.expiresAt - clock() > margin)
      return held.certificate;
    pending ??= request(requester);
    return await pending;
  };
  return {
    get,
    async renew(stale) {
      if (held?.certificate === stale) held = undefined; // else somebody has renewed it already
      return await get();
    },
  };
}
