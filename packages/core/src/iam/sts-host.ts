/**
 * The hosts under which AWS itself serves STS: a proof is sent nowhere else, whatever a host says.
 * https://docs.aws.amazon.com/general/latest/gr/sts.html
 */
const region = "[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}";
const patterns = [
  /^sts\.amazonaws\.com$/,
  new RegExp(`^sts(?:-fips)?\\.(?!cn-)${region}\\.amazonaws\\.com$`),
  new RegExp(`^sts\\.cn-[a-z]+-[0-9]{1,2}\\.amazonaws\\.com\\.cn$`),
];

/** True for an endpoint of STS, in lower case and without a port. */
export function isStsHost(host: string): boolean {
  return patterns.some((pattern) => pattern.test(host));
}

/** A region's own endpoint. */
export function stsHostOf(region: string): string {
  return `sts.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}
