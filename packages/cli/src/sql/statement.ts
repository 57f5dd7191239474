/** What is run, and who takes what comes of it. */
import { CString } from "@postern/wire/cstring";
import type { BackendMessage } from "@postern/wire/messages/backend";
import type { FrontendMessage } from "@postern/wire/messages/frontend";

export interface Statement {
  readonly text: string;
  /**
   * Values of `$1` and so on, which the server types. With them, be it none, the text is one statement; without it may be
   * several, which are one transaction unless they say otherwise.
   */
  readonly parameters?: readonly string[];
}

export interface Column {
  readonly name: string;
  /** The OID of its type (pg_type.dat). */
  readonly typeId: number;
}

/** In PostgreSQL's text format; null is SQL's NULL. */
export type Row = readonly (string | null)[];

/** A promise makes the server wait for it. */
export type Taken = Promise<void> | undefined;

/** Called in the order of what comes. */
export interface Results {
  /** Rows of these columns follow. */
  columns(columns: readonly Column[]): Taken;
  row(row: Row): Taken;
  /** A statement ended. @param tag such as `SELECT 3`; empty for an empty statement */
  complete(tag: string): Taken;
  /** Of COPY … TO STDOUT. */
  copyOut(data: Uint8Array): Taken;
  /** For COPY … FROM STDIN; a text says why there is nothing. */
  copyIn(): AsyncIterable<Uint8Array> | string;
}

const unnamed = CString.from("");

/** By the simple protocol without parameters, by the extended one with them. */
export function request({ text, parameters }: Statement): FrontendMessage[] {
  const query = CString.from(text);
  if (parameters === undefined) return [{ type: "Query", query }];
  const values = parameters.map((value) => Buffer.from(value));
  return [
    { type: "Parse", statement: unnamed, query, parameterTypes: [] },
    {
      type: "Bind",
      portal: unnamed,
      statement: unnamed,
      parameterFormats: [],
      parameters: values,
      resultFormats: [],
    },
    { type: "Describe", target: "portal", name: unnamed },
    { type: "Execute", portal: unnamed, maxRows: 0 },
    { type: "Sync" },
  ];
}

/** What a message means for the results; nothing for one that only answers Parse, Bind and the like. */
export function takeResult(message: BackendMessage, results: Results): Taken {
  switch (message.type) {
    case "RowDescription":
      return results.columns(
        message.fields.map(({ name, dataTypeOid }) => ({ name: name.utf8, typeId: dataTypeOid })),
      );
    case "DataRow":
      return results.row(message.values.map((value) => (value === null ? null : textOf(value))));
    case "CommandComplete":
      return results.complete(message.tag.utf8);
    case "EmptyQueryResponse":
      return results.complete("");
    case "CopyData":
      return results.copyOut(message.data);
    default:
      return undefined;
  }
}

function textOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("utf8");
}
