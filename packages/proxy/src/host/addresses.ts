/** Where other hosts may find this one: what its listener is bound to. */
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import type { ListenAddress } from "@postern/core/config/listen-address";
import { formatEndpoint, parseEndpoint } from "@postern/core/resource/endpoint";

const most = 8;

/**
 * A wildcard stands for every address of this machine that leads out of it, or for loopback where none does.
 * @param address as it is bound: its port is none to be chosen
 */
export function peerAddresses(
  { host, port }: ListenAddress,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): string[] {
  const hosts = host === "0.0.0.0" || host === "::" ? outward(host === "::", interfaces) : [host];
  return hosts
    .map((each) => formatEndpoint({ host: each, port }))
    .filter((text) => parseEndpoint(text) !== undefined)
    .slice(0, most);
}

function outward(withIpv6: boolean, interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): string[] {
  const infos = Object.values(interfaces).flatMap((each) => each ?? []);
  const found = infos.filter(
    ({ internal, family, address }) => !internal && (family === "IPv4" || withIpv6) && !isLinkLocal(address),
  );
  return found.length > 0 ? found.map(({ address }) => address) : ["127.0.0.1"];
}

/** Means nothing elsewhere (RFC 3927, RFC 4291). */
function isLinkLocal(address: string): boolean {
  return address.startsWith("169.254.") || /^fe[89ab]/i.test(address);
}
