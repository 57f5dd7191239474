/** SIGKILL leaves every acknowledged commit whole, and none in half. (A power cut is `synchronous = FULL`'s job.) */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Change, ChangeFeed, Store } from "../port.ts";
import { openSqliteStore } from "./store.ts";

const committer = fileURLToPath(new URL("test-support/committer.ts", import.meta.url));
const KILLS = 12;

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-crash-"));
  path = join(folder, "store.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("whatever was acknowledged before SIGKILL is there, whole, and nothing is there in half", async () => {
  let acknowledged = -1;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const next = acknowledged + 2; // the round in flight may have been committed without its acknowledgement
    acknowledged = Math.max(acknowledged, await killedWhileCommitting(next));
  }
  const store = openSqliteStore({ path, now: Date.now });
  const rounds = await committedRounds(store, acknowledged + 2);
  const changes = await allChanges(store);
  await store.close();

  expect(acknowledged).toBeGreaterThan(KILLS);
  expect(rounds.filter(({ items }) => items !== 0 && items !== 4)).toEqual([]);
  expect(changes).toHaveLength(rounds.reduce((sum, { items }) => sum + items, 0));
  expect(integrity()).toBe("ok");
}, 60_000);

/** Starts a committer at round `first`, kills it after a random number of acknowledgements, and checks each of them. */
async function killedWhileCommitting(first: number): Promise<number> {
  const child = spawn(process.execPath, [committer, path, String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const acknowledged = await killAfter(child, 1 + Math.floor(Math.random() * 40));
  const store = openSqliteStore({ path, now: Date.now });
  const rounds = await committedRounds(store, (acknowledged.at(-1) ?? first) + 1);
  await store.close();
  const missing = acknowledged.filter((round) => rounds[round]?.items !== 4);
  expect(missing).toEqual([]);
  return acknowledged.at(-1) ?? -1;
}

/** The numbers that it printed, those that were still in the pipe when it died included. */
async function killAfter(child: ChildProcess, lines: number): Promise<number[]> {
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    if (output.split("\n").length > lines) {
      // At any point of the commit that follows.
      setTimeout(() => child.kill("SIGKILL"), Math.random() * 5);
    }
  });
  await once(child, "close");
  expect(child.signalCode).toBe("SIGKILL");
  return output.split("\n").slice(0, -1).map(Number);
}

async function committedRounds(store: Store, until: number): Promise<{ round: number; items: number }[]> {
  const rounds: { round: number; items: number }[] = [];
  for (let round = 0; round <= until; round += 1) {
    const { items } = await store.query({ pk: `round-${round}`, limit: 10 });
    const whole = items.filter(
      ({ value, bytes }) => value["round"] === round && bytes?.byteLength === 20_000,
    );
    rounds.push({ round, items: whole.length });
  }
  return rounds;
}

async function allChanges(feed: ChangeFeed): Promise<Change[]> {
  const changes: Change[] = [];
  for (let page = await feed.changes(undefined, 100); page.changes.length > 0; ) {
    changes.push(...page.changes);
    page = await feed.changes(page.cursor, 100);
  }
  return changes;
}

function integrity(): unknown {
  const db = new DatabaseSync(path);
  try {
    return db.prepare("PRAGMA integrity_check").get()?.["integrity_check"];
  } finally {
    db.close();
  }
}
