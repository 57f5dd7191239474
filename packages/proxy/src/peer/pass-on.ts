import type { HandleDeps } from "../cancel/handle.ts";
import { type ForwardOptions, forwardToPeer } from "./forward.ts";
import type { Peers } from "./peers.ts";

/** At once: what strangers ask for must not take all that the proxy has. */
const mostAtOnce = 32;

/** To the host whose instance it is. An instance of nobody's is nobody asked for. */
export function createPassOn(peers: Peers, options: ForwardOptions): HandleDeps["passOn"] {
  let running = 0;
  return async (instance, key, address) => {
    const peer = peers.of(instance);
    if (peer === undefined || running >= mostAtOnce) return false;
    running += 1;
    try {
      return await forwardToPeer(peer, { key, address }, options);
    } finally {
      running -= 1;
    }
  };
}
