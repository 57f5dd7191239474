import type { Duplex } from "node:stream";
import { encodeBackend } from "@postern/wire/messages/backend";
import type { CancelKey, Greeting } from "../upstream/login-phase.ts";

/** Lets the client in: as the server did, but for the cancel key, which is ours. */
export function greet(client: Duplex, greeting: Greeting, cancelKey: CancelKey): void {
  client.write(
    Buffer.concat([
      encodeBackend({ type: "AuthenticationOk" }),
      ...greeting.messages,
      encodeBackend({ type: "BackendKeyData", ...cancelKey }),
      encodeBackend({ type: "ReadyForQuery", status: "idle" }),
    ]),
  );
}
