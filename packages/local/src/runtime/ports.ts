/** Ports of this machine, asked before anything is started on them: a busy one is named in words. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { Fault } from "@postern/core/fault";

/** The port, or any free one for 0. Throws Fault `resource.exists` where another program has it. */
export async function reservePort(port: number, flag: string): Promise<number> {
  const found = await tryPort(port);
  if (found !== undefined) return found;
  throw new Fault("resource.exists", `port ${port} is in use by another program`, {
    hint: `Use another: ${flag} 0 takes any free one.`,
  });
}

/** Undefined where the port is taken. */
export async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
    return (server.address() as AddressInfo).port; // a listening TCP server has one
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return undefined;
    throw error;
  } finally {
    server.close();
  }
}
