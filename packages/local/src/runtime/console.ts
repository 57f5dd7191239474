/** The console on one machine: built from its source at each start, while the database starts. */
import { createConsole } from "@postern/functions/console";
import { isForConsole } from "@postern/functions/route-match";
import { buildConsole } from "@postern/web/build";
import type { HttpHandler } from "../http/answer.ts";

export interface LocalConsole {
  /** Settles when it is built. @throws Fault */
  readonly built: Promise<void>;
  /** The API's handler, with the console's pages before it. */
  readonly before: (api: HttpHandler) => HttpHandler;
}

/** Whoever asks before it is built waits. */
export function startConsole(build = buildConsole): LocalConsole {
  const console = build().then(createConsole);
  return {
    built: console.then(() => undefined),
    before: (api) => async (event) => {
      const { method, path } = event.requestContext.http;
      return isForConsole(method, path) ? await (await console)(event) : await api(event);
    },
  };
}
