/** Codes of Node and OpenSSL, in words; one that isn't known here is shown as it is. */

/** https://nodejs.org/api/errors.html#common-system-errors */
const network: ReadonlyMap<string, string> = new Map([
  ["EAI_AGAIN", "its host name can't be looked up at the moment"],
  ["ECONNREFUSED", "nothing listens there"],
  ["ECONNRESET", "it closed the connection"],
  ["EHOSTUNREACH", "there is no route to it"],
  ["ENETUNREACH", "there is no route to it"],
  ["ENOTFOUND", "its host name is not known"],
  ["ETIMEDOUT", "no answer in time"],
]);

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const certificate: ReadonlyMap<string, string> = new Map([
  ["CERT_HAS_EXPIRED", "it has expired"],
  ["CERT_NOT_YET_VALID", "it is not valid yet"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "no CA vouches for it but itself"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "it is for another name"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "it comes from another CA"],
  ["UNABLE_TO_GET_ISSUER_CERT", "it comes from another CA"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "it comes from another CA"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "it comes from another CA"],
]);

export function networkProblem(code: string): string {
  return inWords(network, code);
}

export function certificateProblem(code: string): string {
  return inWords(certificate, code);
}

/** The code stays beside the words: it is what people search for. */
function inWords(words: ReadonlyMap<string, string>, code: string): string {
  const known = words.get(code);
  return known === undefined ? code : `${known} (${code})`;
}
