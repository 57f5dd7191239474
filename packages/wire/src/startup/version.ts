import { CString } from "../cstring.ts";
import type { NegotiateProtocolVersion } from "../messages/backend/negotiate-protocol-version.ts";
import type { ProtocolVersion, StartupMessage } from "../messages/frontend/startup-message.ts";

/** The newest minor version of protocol 3 that we speak: 3.2, PostgreSQL 18's, which lengthened cancel keys and nothing else. */
const NEWEST_MINOR = 2;

/** Reserved for options of the protocol; none is defined yet (manual, "Protocol Versions and extensions"). */
const OPTION_PREFIX = "_pq_.";

export type Negotiated = {
  /** What the session speaks: what was asked for, or our newest. */
  readonly version: ProtocolVersion;
  /** To be sent before authentication, when the client did not get all it asked for. */
  readonly reply: NegotiateProtocolVersion | undefined;
};

/** Settles version and options as PostgreSQL does, which takes any minor version up to its own at its word. */
export function negotiate({ version, parameters }: StartupMessage): Negotiated {
  const spoken = { major: version.major, minor: Math.min(version.minor, NEWEST_MINOR) };
  const options = [...parameters.keys()].filter((name) => name.startsWith(OPTION_PREFIX));
  if (spoken.minor === version.minor && options.length === 0) return { version: spoken, reply: undefined };
  const unsupportedOptions = options.map((name) => CString.from(name));
  return {
    version: spoken,
    reply: { type: "NegotiateProtocolVersion", version: spoken, unsupportedOptions },
  };
}
