import { type Parameter, recordLimits } from "@postern/core/audit/record";
import type { FormatCode, Value } from "@postern/wire/messages/lists";
import { cutText, proofOf } from "./cut.ts";

const TEXT: FormatCode = 0;

/** What a Bind or a FunctionCall carries. */
export interface BoundValues {
  /** None (all text), one for all, or one a value (manual, Bind). */
  readonly formats: readonly FormatCode[];
  readonly values: readonly Value[];
  /** Types that the client prescribed in Parse, by OID; may be shorter, 0 leaves one open. */
  readonly types: readonly number[];
}

/** The values as a record holds them: each cut at its limit, and to nothing once all together are over theirs. */
export function recordParameters({ formats, values, types }: BoundValues): Parameter[] {
  let room: number = recordLimits.parametersBytes;
  return values.map((value, index) => {
    const format = formatOf(formats, index) === TEXT ? "text" : "binary";
    const limit = Math.min(room, recordLimits.parameterBytes);
    if (value !== null) room -= Math.min(value.length, limit);
    return { format, ...recordValue(value, format, limit), ...oidOf(types[index]) };
  });
}

function formatOf(formats: readonly FormatCode[], index: number): FormatCode {
  return (formats.length === 1 ? formats[0] : formats[index]) ?? TEXT;
}

function recordValue(
  value: Value,
  format: Parameter["format"],
  limit: number,
): Pick<Parameter, "value" | "cut"> {
  if (value === null) return { value: null };
  if (format === "text") {
    const { text, cut } = cutText(value, limit);
    return { value: text, ...(cut && { cut }) };
  }
  const kept = Buffer.from(value.subarray(0, limit)).toString("base64");
  return { value: kept, ...(value.length > limit && { cut: proofOf(value) }) };
}

function oidOf(oid: number | undefined): Pick<Parameter, "oid"> {
  return oid === undefined || oid === 0 ? {} : { oid };
}
