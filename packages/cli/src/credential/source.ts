/** Certificates held in memory alone, and renewed before they end. */
import type { Clock } from "@postern/core/time";
import type { ClientCertificate } from "./certificate.ts";

export interface CertificateSource {
  /** Good for half a minute at least, if the login lasts as long. Throws Fault: `access.denied`, `auth.expired`, … */
  get(): Promise<ClientCertificate>;
  /** Another one in the place of this: the proxy that it leads to may be gone, and another have taken over. */
  renew(stale: ClientCertificate): Promise<ClientCertificate>;
}

const margin = 30_000;

/** Requests a certificate when none is held or the one held is about to end; concurrent callers share one request. */
export function certificateSource(
  request: () => Promise<ClientCertificate>,
  clock: Clock = Date.now,
): CertificateSource {
  let held: ClientCertificate | undefined;
  let pending: Promise<ClientCertificate> | undefined;
  const renew = async () => {
    try {
      held = await request();
      return held;
    } finally {
      pending = undefined;
    }
  };
  const get = async () => {
    if (held && held.expiresAt - clock() > margin) return held;
    pending ??= renew();
    return await pending;
  };
  return {
    get,
    async renew(stale) {
      if (held === stale) held = undefined; // else somebody has renewed it already
      return await get();
    },
  };
}
