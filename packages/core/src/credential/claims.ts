/**
 * What a credential says: who, through which login session and grant, to which database, user and name. It says who,
 * never what they may do: that is decided at every new session. In a client certificate the claims are one URI
 * subject alternative name (RFC 5280, 4.2.1.6), percent-encoded so that no character needs escaping anywhere.
 */
import { z } from "zod";

export const CredentialClaims = z.strictObject({
  cluster: z.string().min(1),
  grant_id: z.string().min(1),
  user: z.string().min(1),
  login_session: z.string().min(1),
  database: z.string().min(1),
  db_user: z.string().min(1),
  db_name: z.string().min(1),
});
export type CredentialClaims = z.infer<typeof CredentialClaims>;

/** `postern://<cluster>/<grant>?user=…&login_session=…&database=…&db_user=…&db_name=…` */
export function formatClaimsUri(claims: CredentialClaims): string {
  const { cluster, grant_id, ...rest } = claims;
  const query = Object.entries(rest).map(([key, value]) => `${key}=${strictEncode(value)}`);
  return `postern://${strictEncode(cluster)}/${strictEncode(grant_id)}?${query.join("&")}`;
}

/** The claims of a URI that `formatClaimsUri` made; undefined for any other text. */
export function parseClaimsUri(uri: string): CredentialClaims | undefined {
  const match = /^postern:\/\/([^/?#]+)\/([^/?#]+)\?([^#]+)$/.exec(uri);
  if (!match) return undefined;
  const [, cluster = "", grant = "", query = ""] = match;
  const entries = query.split("&").map((pair) => pair.split("="));
  const fields = [["cluster", cluster], ["grant_id", grant], ...entries];
  if (new Set(fields.map(([key]) => key)).size !== fields.length) return undefined;
  const decoded = fields.map(([key = "", value = ""]) => [key, decode(value)]);
  const parsed = CredentialClaims.safeParse(Object.fromEntries(decoded));
  return parsed.success && formatClaimsUri(parsed.data) === uri ? parsed.data : undefined;
}

/** RFC 3986's unreserved characters stay; everything else is encoded, `'` and `(` included. */
function strictEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
