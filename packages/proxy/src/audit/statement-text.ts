import { recordLimits } from "@postern/core/audit/record";
import { type CutText, cutText } from "./cut.ts";
import { DecisiveWords } from "./decisive.ts";
import { type Excerpt, excerptOf, GatheredExcerpt } from "./excerpt.ts";

/** A statement's text, as its record holds it. */
export interface StatementText extends CutText {
  /** See `DecisiveWords`. */
  readonly isDecisive: boolean;
  /** Its very bytes, where it isn't longer than a record's: a view on what came, to be copied by who keeps it. */
  readonly whole: Uint8Array | undefined;
}

export function statementText(sql: Uint8Array): StatementText {
  const words = new DecisiveWords();
  words.add(sql);
  return textOf(excerptOf(sql), words);
}

/** Of a text that comes piece by piece. */
export class StatementTextReader {
  readonly #excerpt = new GatheredExcerpt(recordLimits.statementBytes);
  readonly #words = new DecisiveWords();

  add(sql: Uint8Array): void {
    this.#excerpt.add(sql);
    this.#words.add(sql);
  }

  finish(): StatementText {
    return textOf(this.#excerpt, this.#words);
  }
}

function textOf(excerpt: Excerpt, words: DecisiveWords): StatementText {
  const limit = recordLimits.statementBytes;
  const whole = excerpt.length <= limit ? excerpt.head : undefined;
  return { ...cutText(excerpt, limit), isDecisive: words.areFound, whole };
}
