/** What a script can tell apart by the exit code of `postern db query`, without reading a text. */

/** By class (manual, appendix A), or by the whole SQLSTATE where its class says less. */
const codes: readonly (readonly [prefix: string, code: number])[] = [
  ["08", 3], // the connection failed, or broke
  ["57P", 3], // the server, or the proxy, ended it, or can't take one now
  ["28", 4], // not allowed to connect
  ["57014", 5], // cancelled, by a time limit, say
  ["40", 6], // rolled back: a deadlock, or no order of the transactions would have the same outcome; try again
  ["55P03", 6], // somebody else has the lock; try again
  ["23", 7], // a constraint doesn't hold
  ["42", 8], // syntax, unknown names, missing privileges
];

/** 1 for what has no code of its own. */
export function exitCodeOf(sqlstate: string): number {
  return codes.find(([prefix]) => sqlstate.startsWith(prefix))?.[1] ?? 1;
}
