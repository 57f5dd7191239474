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

/** What all of them may take of a chunk as JSON; the statement's text may take a little more than a quarter. */
const jsonLimit = recordLimits.chunkBytes / 2;

/**
 * The values as a record holds them: each cut at its limit, and to nothing once all together are over theirs. Where that
 * is still too much for a record, the last parameter stands for all from its place on: one binary value, cut to nothing.
 */
export function recordParameters({ formats, values, types }: BoundValues): Parameter[] {
  const parameters: Parameter[] = [];
  let room: number = recordLimits.parametersBytes;
  let json = 0;
  for (const [index, value] of values.entries()) {
    const format = formatOf(formats, index) === TEXT ? "text" : "binary";
    const limit = Math.min(room, recordLimits.parameterBytes);
    const parameter = { format, ...recordValue(value, format, limit), ...oidOf(types[index]) } as const;
    json += sizeOf(parameter);
    if (json > jsonLimit) return [...parameters, restOf(values.slice(index))];
    if (value !== null) room -= Math.min(value.length, limit);
    parameters.push(parameter);
  }
  return parameters;
}

/** As JSON, in bytes. Short values aren't worth asking for precisely: a byte takes six at most. */
function sizeOf(parameter: Parameter): number {
  const frame = parameter.cut ? 200 : 64;
  const length = parameter.value?.length ?? 0;
  return frame + (length < 64 ? length * 6 : Buffer.byteLength(JSON.stringify(parameter.value)));
}

/** Values one after the other, each behind its length (Int32, -1 for NULL), as Bind carries them. */
function restOf(values: readonly Value[]): Parameter {
  const rest = values.flatMap((value) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(value?.length ?? -1);
    return value === null ? [length] : [length, value];
  });
  return { format: "binary", value: "", cut: proofOf(Buffer.concat(rest)) };
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
