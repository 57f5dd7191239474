/** Clients check a host's certificate against the address that they dial, so it must name the host's public address. */
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { HostIdentity } from "@postern/core/api/join";
import { Fault } from "@postern/core/fault";
import { parseEndpoint } from "@postern/core/resource/endpoint";

/** @param publicAddr `HOST:PORT` */
export function isNamed({ certificate }: HostIdentity, publicAddr: string): boolean {
  const host = parseEndpoint(publicAddr)?.host ?? "";
  const x509 = new X509Certificate(certificate);
  const named = isIP(host) === 0 ? x509.checkHost(host, { subject: "never" }) : x509.checkIP(host);
  return named !== undefined;
}

/** For a host that joined, though nobody could verify it. */
export function notNamed({ certificate }: HostIdentity, publicAddr: string, cause?: unknown): Fault {
  const host = parseEndpoint(publicAddr)?.host ?? publicAddr;
  const names = namesOf(certificate).join(", ");
  return new Fault(
    "input.invalid",
    `public_addr ${publicAddr}: this host's certificate does not name ${host}; it names ${names}`,
    {
      hint: `its names come from its join token: make one with \`postern tokens add --type=db --names=${host}\`, put it in the configuration and start again`,
    },
    cause,
  );
}

function namesOf(certificate: string): string[] {
  const names = new X509Certificate(certificate).subjectAltName?.split(", ") ?? [];
  return names.flatMap((name) => /^(?:DNS|IP Address):(.*)$/.exec(name)?.[1] ?? []);
}
