/** Values as a record holds them, whatever there is of them: those of a Bind or a FunctionCall. */
import { createHash, type Hash } from "node:crypto";
import { type Parameter, recordLimits } from "@postern/core/audit/record";
import type { FormatCode, Value } from "@postern/wire/messages/lists";
import type { TakeValues } from "@postern/wire/parts/lists";
import { cutText } from "./cut.ts";
import { type Excerpt, excerptOf, GatheredExcerpt } from "./excerpt.ts";

const TEXT: FormatCode = 0;

/** What all of them may take of a chunk as JSON; the statement's text may take a little more than a quarter. */
const jsonLimit = recordLimits.chunkBytes / 2;

export interface RecordedValues {
  /** Without types: those are the statement's. */
  readonly values: readonly Parameter[];
  /** Stands for all values behind these. */
  readonly rest: Parameter | undefined;
}

/** @param formats none (all text), one for all, or one a value (manual, Bind) */
export function recordValues(formats: readonly FormatCode[], values: readonly Value[]): RecordedValues {
  const recorder = new ValuesRecorder(formats);
  for (const value of values) recorder.add(value);
  return recorder.finish();
}

/** @param types that the client prescribed in Parse, by OID; may be shorter, 0 leaves one open */
export function parametersOf({ values, rest }: RecordedValues, types: readonly number[]): Parameter[] {
  const parameters = values.map((value, index) => {
    const oid = types[index] ?? 0;
    return oid === 0 ? value : { ...value, oid };
  });
  return rest ? [...parameters, rest] : parameters;
}

/**
 * Each value is cut at its limit, and to nothing once all together are over theirs. Where that is still too much for a
 * record, one parameter stands for all that follow: a binary value, cut to nothing, of these values one after the other,
 * each behind its length (Int32, -1 for NULL), as Bind carries them.
 */
export class ValuesRecorder implements TakeValues {
  readonly #formats: readonly FormatCode[];
  readonly #values: Parameter[] = [];
  readonly #rest = new Rest();
  #index = 0;
  #room: number = recordLimits.parametersBytes;
  #json = 0;
  /** The value that is coming. */
  #coming: GatheredExcerpt | undefined;

  constructor(formats: readonly FormatCode[]) {
    this.#formats = formats;
  }

  /** A value that is there whole. */
  add(value: Value): void {
    if (!this.#isOver) return this.#record(value && excerptOf(value));
    this.#rest.begin(value?.length ?? null);
    if (value) this.#rest.add(value);
  }

  /** A value that comes in pieces. @param length in bytes; null for NULL */
  begin(length: number | null): void {
    this.#end();
    if (this.#isOver) this.#rest.begin(length);
    else if (length === null) this.#record(null);
    else this.#coming = new GatheredExcerpt(this.#limit);
  }

  bytes(bytes: Uint8Array): void {
    if (this.#coming) this.#coming.add(bytes);
    else this.#rest.add(bytes);
  }

  finish(): RecordedValues {
    this.#end();
    return { values: this.#values, rest: this.#rest.parameter };
  }

  get #isOver(): boolean {
    return this.#json > jsonLimit;
  }

  get #limit(): number {
    return Math.min(this.#room, recordLimits.parameterBytes);
  }

  #end(): void {
    if (this.#coming) this.#record(this.#coming);
    this.#coming = undefined;
  }

  #record(value: Excerpt | null): void {
    const limit = this.#limit;
    const format = formatOf(this.#formats, this.#index++) === TEXT ? "text" : "binary";
    const parameter = { format, ...recordValue(value, format, limit) } as const;
    this.#json += sizeOf(parameter);
    // The one that is too much is still told of, though not what it was.
    const isKept = value === null || !this.#isOver;
    this.#values.push(isKept ? parameter : { format, value: "", cut: value.proof() });
    if (value) this.#room -= Math.min(value.length, limit);
  }
}

class Rest {
  #hash: Hash | undefined;
  #length = 0;

  /** Undefined where nothing is left. */
  get parameter(): Parameter | undefined {
    if (this.#hash === undefined) return undefined;
    return { format: "binary", value: "", cut: { bytes: this.#length, sha256: this.#hash.digest("hex") } };
  }

  begin(length: number | null): void {
    const prefix = Buffer.alloc(4);
    prefix.writeInt32BE(length ?? -1);
    this.#hash ??= createHash("sha256");
    this.add(prefix);
  }

  add(bytes: Uint8Array): void {
    this.#hash?.update(bytes);
    this.#length += bytes.length;
  }
}

/** As JSON, in bytes. Short values aren't worth asking for precisely: a byte takes six at most. */
function sizeOf(parameter: Parameter): number {
  const frame = parameter.cut ? 200 : 64;
  const length = parameter.value?.length ?? 0;
  return frame + (length < 64 ? length * 6 : Buffer.byteLength(JSON.stringify(parameter.value)));
}

function formatOf(formats: readonly FormatCode[], index: number): FormatCode {
  return (formats.length === 1 ? formats[0] : formats[index]) ?? TEXT;
}

function recordValue(
  value: Excerpt | null,
  format: Parameter["format"],
  limit: number,
): Pick<Parameter, "value" | "cut"> {
  if (value === null) return { value: null };
  if (format === "text") {
    const { text, cut } = cutText(value, limit);
    return { value: text, ...(cut && { cut }) };
  }
  const kept = Buffer.from(value.head.subarray(0, limit)).toString("base64");
  return { value: kept, ...(value.length > limit && { cut: value.proof() }) };
}
