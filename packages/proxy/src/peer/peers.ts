import type { Peer } from "@postern/core/api/host";

/** The other hosts, as the control plane tells of them: by the instance that stands in the cancel keys they hand out. */
export class Peers {
  readonly #byInstance = new Map<number, Peer>();

  /** What is told later takes the place of what was told before: an instance is one host's at a time. */
  take(peer: Peer): void {
    this.#byInstance.set(peer.instance, peer);
  }

  of(instance: number): Peer | undefined {
    return this.#byInstance.get(instance);
  }

  has(hostId: string): boolean {
    return this.#byInstance.values().some(({ host_id }) => host_id === hostId);
  }
}
