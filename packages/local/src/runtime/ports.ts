/** Ports of this machine, asked for before anything is started on them: a busy one is named in words. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { Fault } from "@postern/core/fault";
import type { Options } from "../options.ts";

export interface Ports {
  readonly http: number;
  readonly pg: number;
  /** Of the stand-in Aurora: nobody chooses it, so it is any free one. */
  readonly aurora: number;
}

/** All free, and no two alike. @param lastAurora taken again where it is free. @throws Fault `resource.exists` for a busy one */
export async function choosePorts(
  { httpPort, pgPort }: Pick<Options, "httpPort" | "pgPort">,
  lastAurora: number,
): Promise<Ports> {
  const held: Server[] = [];
  try {
    const http = await hold(held, httpPort);
    if (http === undefined) throw portInUse(httpPort, "--http-port");
    const pg = await hold(held, pgPort);
    if (pg === undefined) throw portInUse(pgPort, "--pg-port");
    const aurora = (await hold(held, lastAurora)) ?? (await hold(held, 0)) ?? 0;
    return { http, pg, aurora };
  } finally {
    await Promise.all(held.map(release));
  }
}

/** @throws Fault `resource.exists` where another program has it by now */
export async function assertFree(port: number, flag: string): Promise<void> {
  const held: Server[] = [];
  const found = await hold(held, port);
  await Promise.all(held.map(release));
  if (found === undefined) throw portInUse(port, flag);
}

export function portInUse(port: number, flag: string): Fault {
  return new Fault("resource.exists", `port ${port} is in use by another program`, {
    hint: `use another: ${flag} 0 takes any free one`,
  });
}

/** True for what listening on a busy port throws. */
export function isPortInUse(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}

/** The port, or any free one for 0; undefined where it is taken. */
async function hold(held: Server[], port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
  } catch (error) {
    if (isPortInUse(error)) return undefined;
    throw error;
  }
  held.push(server);
  return (server.address() as AddressInfo).port; // a listening TCP server has one
}

async function release(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}
