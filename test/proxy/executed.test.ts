/**
 * A generated mix of all that clients do, against PostgreSQL's own log: as many events as it ran statements, in its order,
 * under the text and with the parameters that it ran. FUZZ_RUNS asks for more sessions than the usual few.
 */
import { createHash } from "node:crypto";
import type { AuditRecord, Parameter, StatementBegin, StatementOutcome } from "@postern/core/audit/record";
import { CString } from "@postern/wire/cstring";
import type { FrontendMessage } from "@postern/wire/messages/frontend";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectAdmin } from "./support/admin.ts";
import { statementEvents } from "./support/events.ts";
import { type Scenario, scenario, setup, typesOf } from "./support/scenario.ts";
import {
  type Database,
  endedRecords,
  openSession,
  type Stage,
  stageFor,
  startDatabase,
} from "./support/stage.ts";
import { type LogLine, logEnd, logLines } from "./support/statement-log.ts";
import { fromBinary } from "./support/typed-value.ts";
import { until } from "./support/until.ts";
import { say } from "./support/wire-client.ts";

let database: Database;
let stage: Stage;

beforeAll(async () => {
  database = await startDatabase();
  stage = await stageFor(database);
  const admin = await connectAdmin(database);
  for (const sql of setup) await admin.query(sql);
  // It says when a statement is over: an error behind that is another's.
  await admin.query("alter role alice set log_duration = on");
  await admin.end();
});

afterAll(async () => {
  await stage?.stop();
  await database?.stop();
});

/** One statement, or one Query of several. */
interface Executed {
  readonly text: string;
  readonly parameters: readonly (string | null)[];
  /** Of its failure. */
  sqlstate?: string | undefined;
  /** PostgreSQL never came to run it: it has failed before. */
  isRefused?: boolean;
}

const digest = (bytes: Buffer): string =>
  `${bytes.length} bytes ${createHash("sha256").update(bytes).digest("hex")}`;

/** Long ones by their hash, as a record that was cut has nothing else; what another encoding had, in that. */
function canonical(text: string): string {
  const shiftJis = Buffer.from([0x95, 0x5c, 0x83, 0x5c]);
  if (text.includes("表ソ"))
    return digest(
      Buffer.concat(
        text
          .split("表ソ")
          .flatMap((part, index) => (index === 0 ? [Buffer.from(part)] : [shiftJis, Buffer.from(part)])),
      ),
    );
  const isLatin1 = text.includes("größe") && !text.includes("€");
  if (isLatin1) return digest(Buffer.from(text, "latin1"));
  return text.length > 65_536 ? digest(Buffer.from(text)) : text;
}

/** `$1 = 'it''s', $2 = NULL` */
function loggedParameters(detail: string): (string | null)[] {
  const list = detail.replace(/^Parameters: /, "");
  return [...list.matchAll(/\$\d+ = (?:NULL|'((?:[^']|'')*)')(?:, |$)/g)].map(([, quoted]) =>
    quoted === undefined ? null : quoted.replaceAll("''", "'"),
  );
}

/** What PostgreSQL says that it ran; a portal that it went on with once, though it says so each time. */
function executedByLog(lines: readonly LogLine[]): Executed[] {
  const executed: Executed[] = [];
  let running: Executed | undefined;
  for (const { message, detail = "", error_severity, state_code, statement } of lines) {
    const [, kind, sql] =
      /^(statement|execute fetch from|execute|fastpath function call)[^:]*: ([^]*)$/.exec(message) ?? [];
    if (kind === "execute fetch from") continue;
    if (error_severity === "ERROR" && running) running.sqlstate = state_code;
    else if (error_severity === "ERROR")
      executed.push({
        text: canonical(statement ?? "COMMIT /* by Sync */"),
        parameters: [],
        sqlstate: state_code,
        isRefused: true,
      });
    running = undefined;
    if (sql === undefined) continue;
    const parameters = detail.startsWith("Parameters: ") ? loggedParameters(detail) : [];
    running = {
      text: canonical(kind === "fastpath function call" ? sql.replace(/.*OID (\d+).*/, "function $1") : sql),
      parameters: parameters.map((value) => value && canonical(value)),
    };
    executed.push(running);
  }
  return executed;
}

function recordedParameter({ value, format, cut }: Parameter, text: string, index: number): string | null {
  if (value === null) return null;
  if (cut) return `${cut.bytes} bytes ${cut.sha256}`;
  if (format === "text") return canonical(value);
  return canonical(fromBinary(typesOf(text)[index] ?? "text", Buffer.from(value, "base64")));
}

function executedByRecord(begin: StatementBegin, outcomes: readonly StatementOutcome[]): Executed {
  const { text, text_cut, parameters = [], function_oid } = begin;
  const failed = outcomes.find(({ success }) => !success);
  const whole = text_cut ? `${text_cut.bytes} bytes ${text_cut.sha256}` : canonical(text);
  return {
    text: function_oid === undefined ? whole : `function ${function_oid}`,
    parameters:
      function_oid === undefined
        ? parameters.map((value, index) => recordedParameter(value, text, index))
        : [],
    ...(failed && { sqlstate: failed.sqlstate }),
  };
}

function executedByRecords(records: readonly AuditRecord[]): Executed[] {
  const outcomes = records.filter((record) => record.type === "outcome");
  const skipped = new Set(records.map((record) => (record.type === "skipped" ? record.statement_id : "")));
  return records
    .filter((record) => record.type === "begin")
    .filter(({ statement_id }) => !skipped.has(statement_id))
    .toSorted((one, other) => one.ei - other.ei)
    .map((begin) =>
      executedByRecord(
        begin,
        outcomes.filter(({ statement_id }) => statement_id === begin.statement_id),
      ),
    );
}

const key = ({ text, parameters, sqlstate = "ok" }: Executed): string =>
  JSON.stringify([text, parameters, sqlstate]);

/**
 * Both in their order. What PostgreSQL refused is recorded when it says so, when others may have left behind it; and its
 * log has no parameters then. Of an empty text by the extended protocol it logs nothing.
 */
function compared(
  executed: readonly Executed[],
  refused: ReadonlySet<string>,
): { ran: string[]; refused: string[] } {
  const isRefused = ({ text, sqlstate, isRefused = refused.has(`${text} ${sqlstate}`) }: Executed) =>
    sqlstate !== undefined && isRefused;
  const isQuiet = ({ text }: Executed) => /^(\s|;|\/\*[^*]*\*\/|--[^\n]*)*$/.test(text);
  return {
    ran: executed.filter((each) => !isRefused(each) && !isQuiet(each)).map(key),
    refused: executed
      .filter(isRefused)
      .map(({ text, sqlstate }) => `${text} ${sqlstate}`)
      .toSorted(),
  };
}

const last = "select 'the end of it'";

async function run(scenarios: readonly Scenario[]): Promise<{ records: AuditRecord[]; lines: LogLine[] }> {
  const from = logEnd(database);
  const client = await openSession(stage);
  client.send(...scenarios.flatMap((each, index) => each(index)), say.sync, say.query(last), say.terminate);
  while (await client.next());
  const records = await endedRecords(stage);
  const connected = records.find((record) => record.type === "connected");
  const pid = connected?.postgres_pid ?? 0;
  const lines = await until("PostgreSQL's log has the session", () => {
    const found = logLines(database, from, pid);
    return found.some(({ message }) => message.includes(last)) && found;
  });
  return { records, lines };
}

async function compare({ scenarios }: { readonly scenarios: readonly Scenario[] }): Promise<void> {
  const { records, lines } = await run(scenarios);
  statementEvents(records);
  const logged = executedByLog(lines);
  const refused = new Set(
    logged.filter(({ isRefused }) => isRefused).map(({ text, sqlstate }) => `${text} ${sqlstate}`),
  );
  expect(compared(executedByRecords(records), refused)).toEqual(compared(logged, refused));
}

/** A failure shows what was sent, long values by their beginning. */
function shown(messages: readonly FrontendMessage[]): string {
  const short = (_: string, value: unknown) => {
    if (value instanceof CString) return value.utf8;
    return value instanceof Uint8Array ? Buffer.from(value.subarray(0, 100)).toString() : value;
  };
  const plain = (message: FrontendMessage) =>
    message.type === "Bind"
      ? { ...message, parameters: message.parameters.map((it) => it && new Uint8Array(it)) }
      : message;
  return messages.map((message) => JSON.stringify(plain(message), short)).join("\n");
}

const session = fc.array(scenario, { minLength: 5, maxLength: 25 }).map((scenarios) => ({
  scenarios,
  [fc.toStringMethod]: () => scenarios.map((each, index) => shown(each(index))).join("\n\n"),
}));

const runs = Number(process.env["FUZZ_RUNS"] ?? 100);
const usualMs = 8_000;

test(
  "every statement that PostgreSQL ran is one event, with its text and its parameters, and nothing else is",
  async () => {
    const limits = process.env["FUZZ_RUNS"] ? {} : { interruptAfterTimeLimit: usualMs };
    await fc.assert(fc.asyncProperty(session, compare), { numRuns: runs, ...limits });
  },
  Math.max(60_000, runs * 2_000),
);
