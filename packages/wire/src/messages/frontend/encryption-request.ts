import { Writer } from "../../writer.ts";

/** Codes in the place of a protocol version, chosen so that no version has them: 1234 and 5679, 5680. */
export const SSL_REQUEST_CODE = 80877103;
export const GSSENC_REQUEST_CODE = 80877104;

/** Asks for TLS before anything else; answered by one byte, `S` or `N`. */
export type SSLRequest = { readonly type: "SSLRequest" };
/** Asks for GSSAPI encryption; answered by one byte, `G` or `N`. */
export type GSSENCRequest = { readonly type: "GSSENCRequest" };

export function encodeSSLRequest(_message: SSLRequest): Uint8Array {
  return new Writer().uint32(SSL_REQUEST_CODE).finish();
}

export function encodeGSSENCRequest(_message: GSSENCRequest): Uint8Array {
  return new Writer().uint32(GSSENC_REQUEST_CODE).finish();
}
