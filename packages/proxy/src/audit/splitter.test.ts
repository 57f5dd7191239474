import { afterEach, expect, test } from "vitest";
import { Splitter } from "./splitter.ts";

let splitter: Splitter;

afterEach(() => splitter.close());

test("splits a text into its statements, as PostgreSQL's parser sees them", async () => {
  splitter = new Splitter();
  const text = "select 1; select 'ä;b' as x; /* ; */ do $$ begin perform 1; end $$";
  expect(await splitter.split(text)).toEqual([
    "select 1",
    "select 'ä;b' as x",
    "do $$ begin perform 1; end $$",
  ]);
  expect(await splitter.split("selec 1; select 2")).toBeUndefined();
});

test("hostile text doesn't keep the next one from being split", async () => {
  splitter = new Splitter();
  const hostile = `select 1${"+1".repeat(100_000)}; select ${"(".repeat(100_000)}`;
  for (let times = 0; times < 3; times += 1) expect(await splitter.split(hostile)).toBeUndefined();
  expect(await splitter.split("select 1; select 2")).toEqual(["select 1", "select 2"]);
});
