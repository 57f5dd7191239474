/** A proxy in a process of its own: to be killed, or to have its memory measured. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Database, endpointOf, type Stage } from "./stage.ts";
import { openTls, WireClient } from "./wire-client.ts";

export interface ProxyChild {
  readonly process: ChildProcess;
  readonly folder: string;
  /** A session over raw messages, let in and ready. */
  openSession(): Promise<WireClient>;
  /** The most memory that it took since it was asked last: resident, in bytes. */
  memory(): Promise<number>;
}

interface Ready {
  readonly port: number;
  readonly folder: string;
  readonly client: Stage["client"];
  readonly hostCa: string;
}

export async function startProxyChild(database: Database): Promise<ProxyChild> {
  const script = fileURLToPath(new URL("./proxy.program.ts", import.meta.url));
  const child = fork(script, [JSON.stringify(endpointOf(database))], { execArgv: ["--expose-gc"] });
  const [ready] = (await firstOf(child)) as [Ready]; // our own program sends nothing else first
  return {
    process: child,
    folder: ready.folder,
    openSession: async () => {
      const { hostCa: ca, client } = ready;
      const options = { ca, cert: client.certificate, key: client.key };
      const session = new WireClient(await openTls(ready.port, "negotiated", options));
      session.startUp({ user: "alice", database: "postgres" });
      await session.until("ReadyForQuery");
      return session;
    },
    memory: async () => {
      const answer = once(child, "message");
      child.send("memory");
      const [memory] = (await answer) as [number]; // as above
      return memory;
    },
  };
}

function firstOf(child: ChildProcess): Promise<unknown[]> {
  const ended = once(child, "exit").then(() => {
    throw new Error("the proxy ended");
  });
  return Promise.race([once(child, "message"), ended]);
}
