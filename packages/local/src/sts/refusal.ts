/** What STS says when it refuses, word for word. */

/** An answer of STS that is an error: its HTTP status, code and message. */
export class StsRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const missingToken = (): StsRefusal =>
  new StsRefusal(403, "MissingAuthenticationToken", "Request is missing Authentication Token");

export const incompleteSignature = (why: string): StsRefusal =>
  new StsRefusal(400, "IncompleteSignature", why);

export const invalidToken = (): StsRefusal =>
  new StsRefusal(403, "InvalidClientTokenId", "The security token included in the request is invalid.");

export const expiredToken = (): StsRefusal =>
  new StsRefusal(403, "ExpiredToken", "The security token included in the request is expired");

export const wrongSignature = (
  why = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
): StsRefusal => new StsRefusal(403, "SignatureDoesNotMatch", why);

export const invalidAction = (action: string): StsRefusal =>
  new StsRefusal(400, "InvalidAction", `Could not find operation ${action} for version 2011-06-15`);

export const invalid = (message: string): StsRefusal => new StsRefusal(400, "ValidationError", message);

/** `context` is AWS's clause about the policy that refused; empty where the caller isn't told. */
export function notAuthorized(caller: string, action: string, context: string): StsRefusal {
  const told = `User: ${caller} is not authorized to perform: ${action} ${context}`;
  return new StsRefusal(403, "AccessDenied", told.trimEnd());
}
