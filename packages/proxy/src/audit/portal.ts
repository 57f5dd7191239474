import { type Parameter, recordLimits } from "@postern/core/audit/record";
import type { CString } from "@postern/wire/cstring";
import { type CutText, cutText } from "./cut.ts";
import { excerptOf } from "./excerpt.ts";
import type { OpenStatement } from "./journal.ts";
import { parametersOf, type RecordedValues } from "./parameters.ts";

/** What Parse made. Its identity is its own: two of the same name and text are two. */
export interface PreparedStatement {
  readonly text: CutText;
  readonly types: readonly number[];
  /** See `DecisiveWords`. */
  readonly isDecisive: boolean;
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

export function portal(statement: PreparedStatement, values: RecordedValues): Portal {
  const parameters = parametersOf(values, statement.types);
  return { statement, parameters, suspended: undefined, executing: 0 };
}

/** In characters, of what may be long. */
export function sizeOfStatement({ text, types }: PreparedStatement): number {
  return text.text.length + 8 * types.length;
}

/** With its statement's, which it may be the last to keep. */
export function sizeOfPortal({ statement, parameters }: Portal): number {
  const values = parameters.reduce((sum, { value }) => sum + (value?.length ?? 0), 64 * parameters.length);
  return sizeOfStatement(statement) + values;
}

/**
 * SQL's PREPARE has made it, or nothing has: its text is where it was prepared; this says which one is run.
 * @param replaced what Parse had made under the name, where it may still be that
 */
export function statementOfSql(name: CString, replaced?: PreparedStatement): PreparedStatement {
  return {
    text: textOfSql("EXECUTE", name, replaced),
    types: replaced?.types ?? [],
    isDecisive: replaced?.isDecisive ?? false,
  };
}

/** SQL's DECLARE CURSOR has made it, or nothing has; or it is still what Bind had made. */
export function portalOfSql(name: CString, maxRows: number, replaced?: Portal): Portal {
  const verb = maxRows > 0 ? `FETCH ${maxRows} FROM` : "FETCH ALL FROM";
  const statement: PreparedStatement = {
    text: textOfSql(verb, name, replaced?.statement),
    types: [],
    isDecisive: replaced?.statement.isDecisive ?? false,
  };
  return { statement, parameters: replaced?.parameters ?? [], suspended: undefined, executing: 0 };
}

function textOfSql(verb: string, name: CString, replaced: PreparedStatement | undefined): CutText {
  const command = `${verb} "${name.utf8.replaceAll('"', '""')}"`;
  if (replaced === undefined) return { text: command };
  const { text, cut } = replaced.text;
  return {
    ...cutText(excerptOf(Buffer.from(`${command} -- or: ${text}`)), recordLimits.statementBytes),
    ...(cut && { cut }),
  };
}
