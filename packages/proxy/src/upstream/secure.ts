/** Turns a connection to a server into TLS, or refuses it: nothing but SSLRequest is ever sent in clear. */
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect, type TLSSocket } from "node:tls";
import { encodeFrontend } from "@postern/wire/messages/frontend";
import { Refusal } from "../refusal/refusal.ts";
import { readChunk } from "../stream/read-chunk.ts";
import type { Address } from "./dialer.ts";
import { CommonNameOnly, verifyFull } from "./trust.ts";

const ACCEPTED = 0x53; /* S */
const DECLINED = 0x4e; /* N */

/** @throws Refusal */
export async function secure(
  plain: Duplex,
  address: Address,
  authorities: readonly string[],
  signal: AbortSignal,
): Promise<TLSSocket> {
  await requestTls(plain, formatAddress(address), signal);
  return handshake(plain, address, authorities, signal);
}

async function requestTls(plain: Duplex, address: string, signal: AbortSignal): Promise<void> {
  plain.write(encodeFrontend({ type: "SSLRequest" }));
  const answer = await readChunk(plain, signal);
  if (answer === undefined) {
    throw new Refusal({ type: "database_unreachable", address, problem: "it closed the connection" });
  }
  if (answer[0] === DECLINED) throw new Refusal({ type: "database_no_tls", address });
  if (answer[0] !== ACCEPTED || answer.length !== 1) {
    // More than the one byte would be read as if TLS had protected it (CVE-2021-23222).
    throw new Refusal({
      type: "database_protocol",
      problem: "it didn't answer the request for TLS as PostgreSQL does",
    });
  }
}

function handshake(
  plain: Duplex,
  address: Address,
  authorities: readonly string[],
  signal: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const servername = isIP(address.host) === 0 ? address.host : "";
    const socket = connect({ socket: plain, servername, ...verifyFull(address.host, authorities) });
    const abort = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort);
    socket.once("error", (error) => reject(refusalOf(formatAddress(address), error)));
    socket.once("secureConnect", () => {
      signal.removeEventListener("abort", abort);
      resolve(socket);
    });
    socket.on("error", () => undefined);
  });
}

function refusalOf(address: string, error: NodeJS.ErrnoException): Refusal {
  if (error instanceof CommonNameOnly) return new Refusal({ type: "database_common_name", address }, error);
  // A syscall is named where the network failed; else it is the certificate or the protocol that did.
  if (error.syscall !== undefined || error.code === "ECONNRESET") {
    return new Refusal(
      { type: "database_unreachable", address, problem: error.code ?? "network error" },
      error,
    );
  }
  return new Refusal({ type: "database_certificate", address, problem: error.code ?? "TLS failed" }, error);
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
