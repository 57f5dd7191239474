/** Machines of their own, as far as the network goes: namespaces on one bridge (ip-netns(8)). For root on Linux alone. */
import { spawnSync } from "node:child_process";

export interface Network {
  /** This machine's address on the bridge. */
  readonly address: string;
  readonly machines: readonly Machine[];
  remove(): void;
}

export interface Machine {
  readonly address: string;
  /** What goes before a command that is to run there. */
  readonly prefix: readonly string[];
  /** Pulls its plug, or puts it back. */
  plug(isIn: boolean): void;
}

/** Why there are none here; undefined where they can be made. */
export function namespacesProblem(): string | undefined {
  if (process.platform !== "linux") return "this is not Linux";
  if (process.getuid?.() !== 0) return "this is not root";
  const name = `postern-probe-${process.pid}`;
  const { error, status, stderr } = spawnSync("ip", ["netns", "add", name], { encoding: "utf8" });
  if (error) return "ip(8) is missing: it is in the package iproute2";
  spawnSync("ip", ["netns", "del", name]);
  return status === 0 ? undefined : stderr.trim();
}

export function createNetwork(count: number): Network {
  const id = process.pid % 200;
  const prefix = `10.213.${id}`;
  const bridge = `postern-br${id}`;
  const names = Array.from({ length: count }, (_, index) => `postern-${process.pid}-${index}`);
  const network = { address: `${prefix}.1`, machines: names.map(machine), remove };
  remove();
  ip("link", "add", bridge, "type", "bridge");
  ip("addr", "add", `${prefix}.1/24`, "dev", bridge);
  ip("link", "set", bridge, "up");
  for (const [index, name] of names.entries()) attach(name, index);
  return network;

  function machine(name: string, index: number): Machine {
    return {
      address: `${prefix}.${index + 11}`,
      prefix: ["ip", "netns", "exec", name],
      plug: (isIn) => ip("link", "set", outer(index), isIn ? "up" : "down"),
    };
  }

  function outer(index: number): string {
    return `postern${id}v${index}`;
  }

  function attach(name: string, index: number): void {
    ip("netns", "add", name);
    ip("link", "add", outer(index), "type", "veth", "peer", "name", "eth0", "netns", name);
    ip("link", "set", outer(index), "master", bridge, "up");
    ip("-n", name, "addr", "add", `${prefix}.${index + 11}/24`, "dev", "eth0");
    ip("-n", name, "link", "set", "eth0", "up");
    ip("-n", name, "link", "set", "lo", "up");
  }

  /** Also what an earlier run of the same number may have left. */
  function remove(): void {
    for (const name of names) spawnSync("ip", ["netns", "del", name]);
    for (const index of names.keys()) spawnSync("ip", ["link", "del", outer(index)]);
    spawnSync("ip", ["link", "del", bridge]);
  }
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync("ip", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr}`);
}
