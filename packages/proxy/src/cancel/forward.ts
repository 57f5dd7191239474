import { encodeFrontend } from "@postern/wire/messages/frontend";
import type { AllowedAccess } from "../authorize/allowed-access.ts";
import { readChunk } from "../stream/read-chunk.ts";
import { openSecure, type UpstreamOptions } from "../upstream/connect.ts";
import type { CancelKey } from "../upstream/login-phase.ts";

/** A person who pressed Ctrl-C waits for it. */
const timeoutMs = 5_000;

/**
 * Passes a cancel on to the server, over TLS, with its own key. Settles when the server has taken it: it closes the
 * connection after it has signalled the backend. @throws Refusal, or the time-out's reason
 */
export async function forwardCancel(
  access: AllowedAccess,
  key: CancelKey,
  options: UpstreamOptions,
): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs);
  const stream = await openSecure(access, options, signal);
  try {
    stream.write(encodeFrontend({ type: "CancelRequest", ...key }));
    while ((await readChunk(stream, signal)) !== undefined);
  } finally {
    stream.destroy();
  }
}
