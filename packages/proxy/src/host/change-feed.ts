import type { Change } from "@postern/core/api/host";
import { isFault } from "@postern/core/fault";
import type { ControlPlane } from "../control-plane.ts";

/**
 * What changed, each change once. The control plane answers an entry again until it has settled; applied again, it would
 * end the session of somebody who was let in anew since it was first heard.
 */
export class ChangeFeed {
  readonly #controlPlane: Pick<ControlPlane, "changes">;
  #cursor: string | undefined;
  /** Of the entries that may be answered again: those from the cursor on. */
  #heard: ReadonlySet<string> = new Set();

  constructor(controlPlane: Pick<ControlPlane, "changes">) {
    this.#controlPlane = controlPlane;
  }

  /** @throws Fault `resource.changed` where what changed since the last call is kept no more; the next call starts anew */
  async read(): Promise<readonly Change[]> {
    const { cursor, changes } = await this.#controlPlane.changes(this.#cursor).catch((error: unknown) => {
      if (isFault(error, "resource.changed")) this.#cursor = undefined;
      throw error;
    });
    const news = changes.filter(({ id }) => !this.#heard.has(id));
    const heard = [...this.#heard, ...news.map(({ id }) => id)];
    this.#heard = new Set(heard.filter((id) => id >= cursor));
    this.#cursor = cursor;
    return news.map(({ change }) => change);
  }
}
