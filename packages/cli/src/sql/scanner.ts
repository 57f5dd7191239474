/**
 * Tells where statements end, as psql does (its psqlscan.l): at a semicolon outside of quotes, comments, parentheses and
 * the bodies of SQL functions. Text comes line by line, and what is read is not read again.
 */
import { type Body, bodyDepth, type Words } from "./function-body.ts";

export type Item =
  /** With its semicolon. */
  | { readonly type: "statement"; readonly text: string }
  /** From an unquoted backslash to the line's end, without the backslash. */
  | { readonly type: "command"; readonly text: string };

/** What goes on in the next line; `none` where nothing has begun. */
export type Open = "none" | "statement" | "string" | "identifier" | "dollar" | "comment" | "parenthesis";

type Mode =
  | { readonly type: "plain" }
  | { readonly type: "string"; readonly escapes: boolean }
  | { readonly type: "identifier" }
  | { readonly type: "dollar"; readonly delimiter: string }
  | { readonly type: "comment"; readonly depth: number };

const plain: Mode = { type: "plain" };

/** An opening delimiter of a dollar-quoted string (manual, "Dollar-Quoted String Constants"). */
const dollarQuote = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const word = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;

export interface ScannerOptions {
  /** A backslash begins a command of the shell; else it is a character like others. */
  readonly commands: boolean;
  /** False where `standard_conforming_strings` is off: then a backslash escapes in every string. */
  readonly standardStrings?: () => boolean;
}

export class StatementScanner {
  readonly #options: ScannerOptions;
  #mode: Mode = plain;
  #parentheses = 0;
  #words: Words = [];
  #body: Body = 0;
  #text = "";
  /** Something but blanks and comments. */
  #begun = false;

  constructor(options: ScannerOptions) {
    this.#options = options;
  }

  /** What has been read of a statement that isn't complete. */
  get pending(): string {
    return this.#text.trim();
  }

  get open(): Open {
    if (this.#mode.type !== "plain") return this.#mode.type;
    if (this.#parentheses > 0) return "parenthesis";
    return this.#begun ? "statement" : "none";
  }

  reset(): void {
    this.#mode = plain;
    this.#parentheses = 0;
    this.#words = [];
    this.#body = 0;
    this.#text = "";
    this.#begun = false;
  }

  /** @param line without its line end */
  push(line: string): Item[] {
    const items: Item[] = [];
    let start = 0;
    for (let at = 0; at < line.length; ) {
      const next = this.#step(line, at);
      if (typeof next === "number") {
        at = next;
        continue;
      }
      this.#text += line.slice(start, next === "command" ? at : at + 1);
      if (next === "command") return [...items, { type: "command", text: line.slice(at + 1) }];
      if (this.#begun) items.push({ type: "statement", text: this.pending });
      this.reset();
      start = ++at;
    }
    this.#text += `${line.slice(start)}\n`;
    if (this.open === "none" && this.#text.trim() === "") this.#text = "";
    return items;
  }

  /** Where to read on, or what ends here. */
  #step(line: string, at: number): number | "end" | "command" {
    switch (this.#mode.type) {
      case "plain":
        return this.#plain(line, at);
      case "string":
        return this.#quoted(line, at, "'", this.#mode.escapes);
      case "identifier":
        return this.#quoted(line, at, '"', false);
      case "dollar":
        return this.#leave(line.indexOf(this.#mode.delimiter, at), this.#mode.delimiter.length, line);
      case "comment":
        return this.#comment(line, at, this.#mode.depth);
      default:
        return this.#mode satisfies never;
    }
  }

  #plain(line: string, at: number): number | "end" | "command" {
    const character = line.charAt(at);
    if (/\s/.test(character)) return at + 1;
    if (line.startsWith("--", at)) return line.length;
    if (line.startsWith("/*", at)) return this.#enter({ type: "comment", depth: 1 }, at + 2);
    if (character === "\\" && this.#options.commands) return "command";
    if (character === ";" && this.#parentheses === 0 && this.#body === 0) return "end";
    this.#begun = true;
    if (character === "'") return this.#enter({ type: "string", escapes: !this.#standardStrings() }, at + 1);
    if (character === '"') return this.#enter({ type: "identifier" }, at + 1);
    if (character === "(") this.#parentheses += 1;
    if (character === ")") this.#parentheses = Math.max(0, this.#parentheses - 1);
    return this.#word(line, at) ?? this.#dollar(line, at) ?? at + 1;
  }

  #word(line: string, at: number): number | undefined {
    const found = match(word, line, at);
    if (found === undefined) return undefined;
    const end = at + found.length;
    if (/^e$/i.test(found) && line.charAt(end) === "'")
      return this.#enter({ type: "string", escapes: true }, end + 1);
    if (this.#parentheses === 0) [this.#words, this.#body] = bodyDepth(this.#words, this.#body, found);
    return end;
  }

  #dollar(line: string, at: number): number | undefined {
    const delimiter = match(dollarQuote, line, at);
    if (delimiter === undefined) return undefined;
    return this.#enter({ type: "dollar", delimiter }, at + delimiter.length);
  }

  /** A doubled quote needs no care: it ends one string and begins another, which is the same for us. */
  #quoted(line: string, at: number, quote: string, escapes: boolean): number {
    if (escapes && line.charAt(at) === "\\") return at + 2;
    if (line.charAt(at) !== quote) return at + 1;
    // But in a string with escapes the second one would have none.
    if (escapes && line.charAt(at + 1) === quote) return at + 2;
    return this.#enter(plain, at + 1);
  }

  #comment(line: string, at: number, depth: number): number {
    if (line.startsWith("/*", at)) return this.#enter({ type: "comment", depth: depth + 1 }, at + 2);
    if (!line.startsWith("*/", at)) return at + 1;
    return this.#enter(depth === 1 ? plain : { type: "comment", depth: depth - 1 }, at + 2);
  }

  #leave(found: number, length: number, line: string): number {
    return found === -1 ? line.length : this.#enter(plain, found + length);
  }

  #enter(mode: Mode, at: number): number {
    this.#mode = mode;
    return at;
  }

  #standardStrings(): boolean {
    return this.#options.standardStrings?.() ?? true;
  }
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** How many statements a text has. */
export function countStatements(text: string): number {
  const scanner = new StatementScanner({ commands: false });
  const ended = text.split("\n").reduce((count, line) => count + scanner.push(line).length, 0);
  return ended + (scanner.open === "none" ? 0 : 1);
}
