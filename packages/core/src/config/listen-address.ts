import { z } from "zod";

/** Where a server listens; port 0 takes any free one. `host` is an IPv6 address without its brackets. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads `HOST:PORT`, IPv6 in brackets. Undefined for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host !== undefined && port <= 65_535 ? { host, port } : undefined;
}

/** `HOST:PORT`, kept as written. */
export const ListenAddressText = z
  .string()
  .refine(
    (text) => parseListenAddress(text) !== undefined,
    "expected HOST:PORT, such as 0.0.0.0:5440 or [::]:5440",
  );
