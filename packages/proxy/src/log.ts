/**
 * The proxy's own log: JSON lines on stderr. What clients send and servers answer never gets here; fields are named
 * by whoever logs, and those that could hold a secret are struck out should someone name one.
 */
import { pino } from "pino";

export type Log = Pick<pino.Logger, "debug" | "info" | "warn" | "error">;

const secret = ["password", "token", "iam_token", "access_token", "credential", "secret", "private_key"];

export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      redact: { paths: secret.flatMap((name) => [name, `*.${name}`]), censor: "[secret]" },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}

/** For tests, and for parts that nobody listens to. */
export const silentLog: Log = pino({ level: "silent" });
