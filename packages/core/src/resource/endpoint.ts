import { z } from "zod";

/** A host and a TCP port. `host` is an IPv6 address without its brackets, an IPv4 address or a lower-case DNS name. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const bracketed = /^\[([0-9A-Fa-f:.]{2,45})\]:([1-9][0-9]{0,4})$/;
const plain = /^([A-Za-z0-9.-]{1,253}):([1-9][0-9]{0,4})$/;
const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** True for a DNS host name (RFC 1123). A name whose last label is a number is an IPv4 address or a mistake. */
function isDnsName(name: string): boolean {
  const labels = name.split(".");
  return (
    name.length <= 253 &&
    labels.every((label) => dnsLabel.test(label)) &&
    !/^[0-9]+$/.test(labels.at(-1) ?? "")
  );
}

const isIpv4 = (text: string): boolean => z.ipv4().safeParse(text).success;
const isIpv6 = (text: string): boolean => z.ipv6().safeParse(text).success;

/** True for what a server certificate can name: a DNS name or an IP address (without brackets). */
export function isHost(text: string): boolean {
  return isDnsName(text) || isIpAddress(text);
}

/** An IPv4 or IPv6 address, the latter without brackets. */
export function isIpAddress(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}

/** Reads `HOST:PORT`, IPv6 in brackets; no scheme, user, path or blank. Undefined for anything else. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const brackets = bracketed.exec(text);
  const [, host = "", digits] = brackets ?? plain.exec(text) ?? [];
  const port = Number(digits);
  const valid = brackets === null ? isDnsName(host) || isIpv4(host) : isIpv6(host);
  return valid && port <= 65_535 ? { host: host.toLowerCase(), port } : undefined;
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
