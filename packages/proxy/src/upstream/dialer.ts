import { connect } from "node:net";
import type { Duplex } from "node:stream";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** How a database is reached: directly, or later through an agent's tunnel. */
export interface Dialer {
  /** @throws what the network says, or the signal's reason */
  dial(address: Address, signal: AbortSignal): Promise<Duplex>;
}

/** Load balancers and firewalls forget connections that say nothing for 350 seconds. */
const keepAliveMs = 60_000;

export const tcpDialer: Dialer = {
  dial({ host, port }, signal) {
    return new Promise((resolve, reject) => {
      const socket = connect({
        host,
        port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: keepAliveMs,
      });
      const abort = (): void => {
        socket.destroy();
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort);
      socket.once("connect", () => {
        signal.removeEventListener("abort", abort);
        socket.off("error", reject);
        resolve(socket);
      });
      socket.once("error", reject);
      // From here on a broken connection shows as its end.
      socket.on("error", () => undefined);
    });
  },
};
