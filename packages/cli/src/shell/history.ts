/** The lines that were typed at a terminal, from one shell to the next: 0600, bounded. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { readPrivateFile, writePrivateFile } from "../profile/private-file.ts";
import { ensureProfileFolder, profileFolder } from "../profile/profile.ts";

const maxLines = 1_000;

export interface History {
  /** Newest first, as readline wants them. */
  readonly lines: readonly string[];
  /** Keeps a line, unless it is empty or begins with a blank: that is how people say that it isn't to be kept. */
  add(line: string): void;
}

/** Throws Fault `input.invalid` where others may read the file. */
export function openHistory(): History {
  ensureProfileFolder();
  const file = join(profileFolder(), "history");
  const all = (readPrivateFile(file) ?? "").split("\n").filter((line) => line !== "");
  const kept = all.slice(-maxLines);
  if (all.length > 2 * maxLines) writePrivateFile(file, `${kept.join("\n")}\n`);
  return {
    lines: kept.toReversed(),
    add(line) {
      if (/^\s|^$/.test(line)) return;
      appendFileSync(file, `${line.replaceAll(/[\r\n]/g, " ")}\n`, { mode: 0o600 });
    },
  };
}
