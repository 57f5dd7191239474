import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { IngestRequest } from "@postern/core/api/host";
import { type AuditRecord, recordLimits } from "@postern/core/audit/record";
import { Fault } from "@postern/core/fault";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { silentLog } from "../log.ts";
import { Spool } from "./spool.ts";
import { startTally } from "./tally.ts";

let folder: string;
const spools: Spool[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-spool-"));
});

afterEach(async () => {
  for (const spool of spools.splice(0)) await spool.close(0);
  rmSync(folder, { recursive: true });
});

/** A control plane as far as the spool knows one. */
function listen() {
  const sent: IngestRequest[] = [];
  const refused: string[] = [];
  let answer: () => void = () => undefined;
  const open = (limitBytes = 1_000_000_000): Spool => {
    const spool = new Spool({
      folder,
      limitBytes,
      now: () => 5,
      log: silentLog,
      split: async (records) => records,
      onRefused: (sid) => refused.push(sid),
      ingest: async (request) => {
        answer();
        sent.push(request);
      },
    });
    spools.push(spool);
    return spool;
  };
  const fail = (error: unknown): void => {
    answer = () => {
      throw error;
    };
  };
  return { sent, refused, open, fail, recover: () => (answer = () => undefined) };
}

const begin = (ei: number, text = "select 1"): AuditRecord => ({
  type: "begin",
  ei,
  statement_id: `st_${ei}`,
  time: 1,
  protocol: "simple",
  text,
});
const end: AuditRecord = {
  type: "end",
  ei: 9,
  time: 2,
  reason: "client_closed",
  statements: 1,
  errors: 0,
  bytes_in: 0,
  bytes_out: 0,
};
const files = (): string[] => readdirSync(folder).sort();
const gone = new Fault("service.unavailable", "gone");

test("a record is in a file of ours alone before append returns, and gone when it was sent", async () => {
  const { open, sent } = listen();
  const spool = open();
  const session = spool.open("s", startTally());
  session.append([begin(1)]);
  expect(readFileSync(join(folder, "s.0.jsonl"), "utf8")).toContain("select 1");
  expect(statSync(join(folder, "s.0.jsonl")).mode & 0o777).toBe(0o600);
  session.append([end]);
  spool.finish(session);
  await vi.waitFor(() => expect(files()).toEqual([]), 30_000);
  expect(sent).toEqual([{ sid: "s", chunk: 0, records: [begin(1), end] }]);
});

test("records are sent soon, in numbered chunks, each with its file", async () => {
  const { open, sent } = listen();
  const session = open().open("s", startTally());
  session.append([begin(1)]);
  await vi.waitFor(() => expect(sent).toHaveLength(1), 30_000);
  session.append([begin(2)]);
  await vi.waitFor(() => expect(sent.map(({ chunk }) => chunk)).toEqual([0, 1]), 30_000);
  await vi.waitFor(() => expect(files()).toEqual(["s.2.jsonl"]), 30_000);
});

test("chunks hold no more records and bytes than the control plane takes", async () => {
  const { open, sent } = listen();
  const spool = open();
  const session = spool.open("s", startTally());
  session.append(Array.from({ length: 2_500 }, (_, index) => begin(index + 1)));
  session.append(Array.from({ length: 5 }, (_, index) => begin(3_000 + index, "x".repeat(1_000_000))));
  spool.finish(session);
  await vi.waitFor(() => expect(files()).toEqual([]), 30_000);
  for (const { records } of sent) {
    expect(records.length).toBeLessThanOrEqual(recordLimits.recordsPerChunk);
    expect(JSON.stringify(records).length).toBeLessThan(recordLimits.chunkBytes);
  }
  expect(sent.flatMap(({ records }) => records)).toHaveLength(2_505);
  expect(sent.map(({ chunk }) => chunk)).toEqual(sent.map((_, index) => index));
});

test("while the control plane is gone nothing is lost, and the order is kept", async () => {
  const { open, sent, fail, recover } = listen();
  fail(gone);
  const spool = open();
  const session = spool.open("s", startTally());
  for (let ei = 1; ei <= 3; ei += 1) {
    session.append([begin(ei)]);
    session.rotate();
  }
  expect(files()).toHaveLength(4);
  recover();
  await vi.waitFor(() =>
    expect(sent.flatMap(({ records }) => records)).toEqual([begin(1), begin(2), begin(3)]),
  );
});

test("what a dead process left is sent, with the session's end, the same chunk however often", async () => {
  const { open, sent, fail, recover } = listen();
  fail(gone);
  const tally = startTally();
  const session = open().open("s", tally);
  session.append([begin(1)]);
  tally.next_ei = 2;
  tally.statements = 1;
  session.rotate();
  session.append([begin(2)]);
  appendFileSync(join(folder, "s.1.jsonl"), '{"type":"outcome","ei":2,"st');
  open();
  const first = readFileSync(join(folder, "s.1.jsonl"), "utf8");
  open();
  expect(readFileSync(join(folder, "s.1.jsonl"), "utf8")).toBe(first);
  recover();
  await vi.waitFor(() => expect(sent.map(({ chunk }) => chunk)).toContain(1), 30_000);
  expect(sent.find(({ chunk }) => chunk === 1)?.records).toEqual([
    begin(2),
    { ...end, ei: 3, time: 5, reason: "proxy_lost", statements: 2 },
  ]);
});

test("a session without unsent records still gets its end after its process died", async () => {
  const { open, sent } = listen();
  const tally = startTally();
  open().open("s", tally);
  open();
  await vi.waitFor(() =>
    expect(sent).toMatchObject([{ sid: "s", chunk: 0, records: [{ type: "end", ei: 1 }] }]),
  );
});

test("records that are refused for good are kept, not sent again, and who has the session is told", async () => {
  const { open, refused, fail } = listen();
  fail(new Fault("access.denied", "no"));
  const session = open().open("s", startTally());
  session.append([begin(1)]);
  session.rotate();
  await vi.waitFor(() => expect(refused).toEqual(["s"]), 30_000);
  session.append([begin(2)]);
  session.rotate();
  expect(existsSync(join(folder, "s.0.jsonl"))).toBe(true);
  expect(refused).toEqual(["s"]);
});

test("there is no room when too much waits, and who waits is called when there is", async () => {
  const { open, fail, recover } = listen();
  fail(gone);
  const spool = open(1_000);
  const session = spool.open("s", startTally());
  session.append([begin(1, "x".repeat(2_000))]);
  session.rotate();
  expect(spool.hasRoom).toBe(false);
  const called = new Promise<void>((resolve) => spool.onRoom(resolve));
  recover();
  await called;
  expect(spool.hasRoom).toBe(true);
});

test("a session id that could name another file is refused", () => {
  expect(() => listen().open().open("../../etc/passwd", startTally())).toThrow(/session id/);
});

test("a file that can't be read is put aside, and stops nothing else", async () => {
  writeFileSync(join(folder, "bad.0.jsonl"), "{}\nno json\n");
  writeFileSync(join(folder, "good.0.jsonl.new"), "draft");
  const { open, sent } = listen();
  const spool = open();
  expect(files()).toEqual(["bad.0.jsonl.unreadable"]);
  const session = spool.open("s", startTally());
  session.append([end]);
  spool.finish(session);
  await vi.waitFor(() => expect(sent).toHaveLength(1), 30_000);
});

test("a record that comes after the end of its session is refused, and reaches no other file", () => {
  const { open } = listen();
  const spool = open();
  const session = spool.open("s", startTally());
  session.append([end]);
  spool.finish(session);
  const other = spool.open("other", startTally());
  expect(() => session.append([begin(1)])).toThrow(/closed/);
  other.append([begin(2)]);
  expect(readFileSync(join(folder, "other.0.jsonl"), "utf8")).not.toContain('"ei":1,');
});

test("a spool that can't be written keeps what it has, and doesn't take the process with it", async () => {
  const { open, sent } = listen();
  const spool = open();
  const session = spool.open("s", startTally());
  session.append([begin(1)]);
  const kept = `${folder}-away`;
  renameSync(folder, kept);
  expect(() => session.rotate()).toThrow(/ENOENT/);
  await delay(400); // the spool has tried as well, by itself
  renameSync(kept, folder);
  await vi.waitFor(() => expect(sent).toMatchObject([{ chunk: 0, records: [begin(1)] }]), 30_000);
});

/** Mounting takes root. */
function mountTiny(): boolean {
  const mount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]);
  return mount.status === 0;
}

test("a full disk refuses records whole, and takes those that come when there is room", async (context) => {
  if (!mountTiny()) return context.skip("can't mount a small file system here");
  try {
    const { open, sent } = listen();
    const spool = open();
    const session = spool.open("s", startTally());
    session.append([begin(1)]);
    expect(() => session.append([begin(2, "x".repeat(100_000))])).toThrow(/ENOSPC/);
    session.append([begin(3)]);
    spool.finish(session);
    await vi.waitFor(
      () => expect(sent.flatMap(({ records }) => records)).toEqual([begin(1), begin(3)]),
      30_000,
    );
  } finally {
    await spools.pop()?.close(0);
    spawnSync("umount", [folder]);
  }
});
