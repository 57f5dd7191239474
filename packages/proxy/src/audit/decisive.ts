/**
 * COPY decides what a Sync behind it means; PREPARE and DECLARE decide what names mean. No keyword is ever spelled
 * otherwise than in ASCII, so whatever holds none of these is neither; what holds one, in a name perhaps, waits in vain
 * for one answer more.
 */
const decisive = /copy|prepare|declare/i;

/** Whether messages behind the statement may mean one thing or another before it is answered. */
export function isDecisive(sql: Uint8Array): boolean {
  return decisive.test(Buffer.from(sql.buffer, sql.byteOffset, sql.byteLength).toString("latin1"));
}
