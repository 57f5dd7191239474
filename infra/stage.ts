/** What differs from one stage to another. */
import { parseEnvironment } from "./environment.ts";

const environment = parseEnvironment(process.env);

export const production = $app.stage === "production";

export const stage = {
  /** In every credential and audit event: two regions of one stage are two clusters. */
  clusterName: $interpolate`${$app.name}-${$app.stage}-${aws.getRegionOutput().region}`,
  /** The API's name, in a Route 53 zone of this account; without it, API Gateway's own name. */
  domain: environment.POSTERN_DOMAIN,
  /** The proxy's name, likewise; without it, the load balancer's own name. */
  proxyDomain: environment.POSTERN_PROXY_DOMAIN,
  /** What the proxy serves. */
  databases: environment.POSTERN_DATABASES,
  /** What `authorize` may connect to or assume besides: for databases that other hosts serve. */
  connectArns: environment.POSTERN_CONNECT_ARNS,
};
