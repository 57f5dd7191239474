/** Where a shell's lines come from: a person at a terminal, or a file or pipe. */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { type History, openHistory } from "./history.ts";

export interface Lines {
  readonly interactive: boolean;
  /** The next line without its end; undefined at the end. */
  next(prompt: string): Promise<string | undefined>;
  /** Called at Ctrl-C. */
  onInterrupt(interrupt: () => void): void;
  /** Leaves the terminal to another program, until what it returns is called. */
  suspend(): () => void;
  close(): void;
}

/** With editing and history where a person types and sees what comes. */
export function openLines(): Lines {
  return process.stdin.isTTY && process.stdout.isTTY
    ? terminalLines(openHistory())
    : pipedLines(process.stdin);
}

function terminalLines(history: History): Lines {
  const terminal = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: true,
    history: [...history.lines],
    historySize: 1_000,
    removeHistoryDuplicates: true,
  });
  const typed: string[] = []; // while a statement ran
  let waiting: ((line: string | undefined) => void) | undefined;
  let ended = false;
  const give = (line: string | undefined) => {
    const take = waiting;
    waiting = undefined;
    take?.(line);
  };
  terminal.on("line", (line) => {
    history.add(line);
    if (waiting) give(line);
    else typed.push(line);
  });
  terminal.on("close", () => {
    ended = true;
    give(undefined);
  });
  return {
    interactive: true,
    async next(prompt) {
      const line = typed.shift();
      if (line !== undefined || ended) return line;
      terminal.setPrompt(prompt);
      terminal.prompt();
      return await new Promise((resolve) => (waiting = resolve));
    },
    onInterrupt(interrupt) {
      terminal.on("SIGINT", () => {
        typed.length = 0;
        const atPrompt = waiting !== undefined;
        interrupt();
        if (!atPrompt) return;
        process.stdout.write("^C\n");
        terminal.write(null, { ctrl: true, name: "e" }); // to the end of the line, then clear all of it
        terminal.write(null, { ctrl: true, name: "u" });
        give("");
      });
    },
    suspend() {
      terminal.pause();
      process.stdin.setRawMode(false);
      return () => {
        process.stdin.setRawMode(true);
        terminal.resume();
      };
    },
    close: () => terminal.close(),
  };
}

/** @param input of text; its lines may be of any length */
export function pipedLines(input: Readable): Lines {
  const reader = createInterface({ input, crlfDelay: Infinity });
  const lines = reader[Symbol.asyncIterator]();
  return {
    interactive: false,
    async next() {
      const { value, done } = await lines.next();
      return done ? undefined : value;
    },
    onInterrupt: () => undefined,
    suspend: () => () => undefined,
    close: () => reader.close(),
  };
}
