/**
 * From what a caller asks of a partition to one span of sort keys. DynamoDB takes a single condition on the sort key,
 * so prefix, from, to and the cursor are folded into one `low`..`high` here, for both backends.
 */
import type { QueryRange } from "./port.ts";

interface Bound {
  readonly sk: string;
  /** An open bound is not part of the span. */
  readonly open: boolean;
}

export interface Span {
  readonly pk: string;
  readonly low?: Bound;
  readonly high?: Bound;
  readonly reverse: boolean;
}

/** UTF-8 byte order, which is the order of code points and not of JavaScript's UTF-16 units. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** The span of a range; undefined when nothing can lie in it. */
export function spanOf(range: QueryRange): Span | undefined {
  const reverse = range.reverse ?? false;
  const lows = [closed(range.prefix), closed(range.from), ...(reverse ? [] : [open(range.after)])];
  const highs = [
    open(prefixEnd(range.prefix ?? "")),
    open(range.to),
    ...(reverse ? [open(range.after)] : []),
  ];
  return nonEmpty(spanBetween(range.pk, reverse, tightest(lows, 1), tightest(highs, -1)));
}

/** The rest of a span behind one of its sort keys, in the direction of reading. */
export function behind(span: Span, sk: string): Span | undefined {
  const [low, high] = span.reverse ? [span.low, open(sk)] : [open(sk), span.high];
  return nonEmpty(spanBetween(span.pk, span.reverse, low, high));
}

/** Whether a sort key from `low` to `high`, both included, is truly in the span. */
export function inSpan(span: Span, sk: string): boolean {
  return [span.low, span.high].every((bound) => !(bound?.open === true && bound.sk === sk));
}

function closed(sk: string | undefined): Bound | undefined {
  return sk === undefined ? undefined : { sk, open: false };
}

function open(sk: string | undefined): Bound | undefined {
  return sk === undefined ? undefined : { sk, open: true };
}

/** The greatest (`sign` 1) or least (-1) of the bounds; of two at the same key the open one, which excludes more. */
function tightest(bounds: readonly (Bound | undefined)[], sign: 1 | -1): Bound | undefined {
  return bounds
    .filter((bound) => bound !== undefined)
    .sort((a, b) => sign * compareBytes(b.sk, a.sk) || Number(b.open) - Number(a.open))[0];
}

/** An empty low bound bounds nothing: no key is empty, and DynamoDB takes no empty key value. */
function spanBetween(pk: string, reverse: boolean, low?: Bound, high?: Bound): Span {
  return { pk, reverse, ...(low && low.sk !== "" ? { low } : {}), ...(high ? { high } : {}) };
}

function nonEmpty(span: Span): Span | undefined {
  const { low, high } = span;
  if (high === undefined) {
    return span;
  }
  const width = compareBytes(high.sk, low?.sk ?? "");
  const isEmpty = width < 0 || (width === 0 && (high.open || (low?.open ?? false)));
  return isEmpty ? undefined : span;
}

/**
 * The least string above all that begin with `prefix`: its last code point that can be raised is raised by one, over
 * the surrogates, which are no code points of text. Undefined where nothing lies above.
 */
function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === 0x10ffff) {
    points.pop();
  }
  const last = points.pop();
  return last === undefined
    ? undefined
    : String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
}
