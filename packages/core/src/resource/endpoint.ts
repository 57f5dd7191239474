import { z } from "zod";

/** A host and a TCP port. `host` is an IPv6 address without its brackets, an IPv4 address or a lower-case DNS name. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const hostLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** True for a DNS host name (RFC 1123). A name whose last label is a number is an IPv4 address or a mistake. */
export function isDnsName(name: string): boolean {
  const labels = name.toLowerCase().split(".");
  if (name.length > 253 || /^[0-9]+$/.test(labels.at(-1) ?? "")) return false;
  return labels.every((label) => hostLabel.test(label));
}

/** Reads `HOST:PORT`, IPv6 in brackets; no scheme, user, path or blank. Undefined for anything else. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const [, ipv6, name, digits] =
    /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9.-]{1,253})):([1-9][0-9]{0,4})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return undefined;
  if (ipv6 !== undefined)
    return z.ipv6().safeParse(ipv6).success ? { host: ipv6.toLowerCase(), port } : undefined;
  if (name === undefined || !(isDnsName(name) || z.ipv4().safeParse(name).success)) return undefined;
  return { host: name.toLowerCase(), port };
}

/** The text that `parseEndpoint` reads. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** `HOST:PORT`, kept as written. */
export const EndpointText = z
  .string()
  .refine(
    (text) => parseEndpoint(text) !== undefined,
    "expected HOST:PORT, such as db.example.com:5432 or [2001:db8::1]:5432",
  );
