import { type Parameter, recordLimits } from "@postern/core/audit/record";
import { CString } from "@postern/wire/cstring";
import type { Bind } from "@postern/wire/messages/frontend/bind";
import type { Parse } from "@postern/wire/messages/frontend/parse";
import { type CutText, cutText } from "./cut.ts";
import type { OpenStatement } from "./journal.ts";
import { recordParameters } from "./parameters.ts";

/** What Parse made. Its identity is its own: two of the same name and text are two. */
export interface PreparedStatement {
  readonly text: CutText;
  readonly types: readonly number[];
}

/** What Bind made. It keeps its statement, whatever becomes of that one's name. */
export interface Portal {
  readonly statement: PreparedStatement;
  readonly parameters: Parameter[];
  /** Where PortalSuspended left it: the next Execute goes on, and adds to the same event. */
  suspended: SuspendedRun | undefined;
  /** Executes not yet answered. */
  executing: number;
}

export interface SuspendedRun {
  readonly open: OpenStatement;
  rows: number;
  bytes: number;
}

export function preparedStatement({ query, parameterTypes }: Parse): PreparedStatement {
  return { text: cutText(query.bytes, recordLimits.statementBytes), types: parameterTypes };
}

export function portal(
  statement: PreparedStatement,
  bind: Pick<Bind, "parameterFormats" | "parameters">,
): Portal {
  const { parameterFormats: formats, parameters: values } = bind;
  const parameters = recordParameters({ formats, values, types: statement.types });
  return { statement, parameters, suspended: undefined, executing: 0 };
}

/** SQL's PREPARE has made it, or nothing has: its text is where it was prepared; this says which one is run. */
export function statementOfSql(name: CString): PreparedStatement {
  return { text: cutText(quoted("EXECUTE", name), recordLimits.statementBytes), types: [] };
}

/** SQL's DECLARE CURSOR has made it, or nothing has. */
export function portalOfSql(name: CString, maxRows: number): Portal {
  const verb = maxRows > 0 ? `FETCH ${maxRows} FROM` : "FETCH ALL FROM";
  const text = cutText(quoted(verb, name), recordLimits.statementBytes);
  return portal({ text, types: [] }, { parameterFormats: [], parameters: [] });
}

function quoted(verb: string, name: CString): Uint8Array {
  return CString.from(`${verb} "${name.utf8.replaceAll('"', '""')}"`).bytes;
}
