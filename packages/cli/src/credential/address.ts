/** Addresses of proxies, as the control plane tells them. */
import { Fault } from "@postern/core/fault";
import { type Endpoint, parseEndpoint } from "@postern/core/resource/endpoint";

/** Of `host:port`. Throws Fault `internal` for what is none. */
export function parseAddress(text: string): Endpoint {
  const endpoint = parseEndpoint(text);
  if (endpoint === undefined) throw new Fault("internal", `${text} is no address of a proxy`);
  return endpoint;
}
