import { type AuditRecord, recordLimits } from "@postern/core/audit/record";
import { expect, test } from "vitest";
import { OwnTexts } from "./own-texts.ts";

const outcome = (statement_index: number): AuditRecord => ({
  type: "outcome",
  ei: statement_index + 1,
  statement_id: "st",
  statement_index,
  time: 0,
  duration_ms: 0,
  success: true,
});

function texts() {
  const asked: string[] = [];
  const ownTexts = new OwnTexts(async (text) => {
    asked.push(text);
    return text.split("; ");
  });
  return { ownTexts, asked };
}

test("outcomes of one Query get their own texts, from one look at it, though they are sent apart", async () => {
  const { ownTexts, asked } = texts();
  ownTexts.add("st", Buffer.from("select 1; select 2"));
  expect(await ownTexts.complete([outcome(0)])).toMatchObject([{ text: "select 1" }]);
  ownTexts.finish("st", 2);
  expect(await ownTexts.complete([outcome(1)])).toMatchObject([{ text: "select 2" }]);
  expect(asked).toHaveLength(1);
  const again = [outcome(1)];
  expect(await ownTexts.complete(again)).toBe(again);
});

test("a Query that can't be several, isn't UTF-8 or is very long is never parsed", async () => {
  const { ownTexts, asked } = texts();
  const records = [outcome(0)];
  for (const text of [
    Buffer.from("select 1;"),
    Buffer.from([0x3b, 0x20, 0xff]),
    Buffer.alloc(300_000, "; x"),
  ]) {
    ownTexts.add("st", text);
    expect(await ownTexts.complete(records)).toBe(records);
  }
  expect(asked).toEqual([]);
});

test("a text that the parser doesn't understand stays whole", async () => {
  const ownTexts = new OwnTexts(async () => undefined);
  ownTexts.add("st", Buffer.from("selec 1; select 2"));
  expect((await ownTexts.complete([outcome(0)]))[0]).not.toHaveProperty("text");
});

test("texts are put in as long as the records fit a chunk, each outcome's event having its Query's text else", async () => {
  const { ownTexts } = texts();
  const text = `select '${"\u0001".repeat(60_000)}'`;
  ownTexts.add("st", Buffer.from([text, text, text, text].join("; ")));
  const completed = await ownTexts.complete([0, 1, 2, 3].map(outcome));
  expect(Buffer.byteLength(JSON.stringify(completed))).toBeLessThan(recordLimits.chunkBytes / 2);
  expect(completed.map((record) => "text" in record)).toEqual([true, true, false, false]);
});
