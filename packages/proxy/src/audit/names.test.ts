import { expect, test } from "vitest";
import { Names } from "./names.ts";

const listen = () => {
  const closed: string[] = [];
  return {
    closed,
    names: new Names<string>(
      (value) => closed.push(value),
      (value) => value.length,
    ),
  };
};

test("a name means what was sent last, before the server has answered", () => {
  const { names } = listen();
  names.stage("a", "one", 1).confirm();
  names.stage("a", "two", 2);
  expect(names.resolve("a", 2)).toEqual({ type: "known", value: "two", isReplaced: false });
  expect(names.resolve("b", 2)).toEqual({ type: "unknown" });
});

test("what a name means hangs on the answer, when that is another run's", () => {
  const { names } = listen();
  names.stage("a", "one", 1).confirm();
  const staged = names.stage("a", "two", 2);
  expect(names.resolve("a", 3)).toEqual({ type: "uncertain" });
  staged.retract();
  expect(names.resolve("a", 3)).toEqual({ type: "known", value: "one", isReplaced: false });
});

test("a closed name means nothing, once and for all", () => {
  const { names, closed } = listen();
  names.stage("a", "one", 1).confirm();
  const close = names.stage("a", undefined, 1);
  expect(names.resolve("a", 1)).toEqual({ type: "unknown" });
  close.confirm();
  expect(closed).toEqual(["one"]);
  expect(names.resolve("a", 2)).toEqual({ type: "unknown" });
});

test("a value is told as closed when another takes its name", () => {
  const { names, closed } = listen();
  names.stage("a", "one", 1).confirm();
  names.stage("a", "two", 1).confirm();
  expect(closed).toEqual(["one"]);
  names.clear();
  expect(closed).toEqual(["one", "two"]);
});

test("clearing forgets what the server holds, not what is on its way to it", () => {
  const { names } = listen();
  names.stage("", "unnamed", 1).confirm();
  names.stage("a", "one", 1).confirm();
  names.stage("b", "two", 1);
  names.clear((name) => name === "");
  expect(names.resolve("", 1)).toMatchObject({ type: "known" });
  expect(names.resolve("a", 1)).toEqual({ type: "unknown" });
  expect(names.resolve("b", 1)).toMatchObject({ type: "known" });
});

test("a name that SQL may have closed is one that SQL may have replaced, when SQL makes one", () => {
  const { names } = listen();
  names.stage("a", "one", 1).confirm();
  names.stage("", "unnamed", 1).confirm();
  names.doubt();
  expect(names.resolve("a", 1)).toMatchObject({ type: "known", isReplaced: false });
  names.stage("b", "two", 1).confirm();
  names.replaceDoubtful();
  expect(names.resolve("a", 1)).toMatchObject({ type: "known", isReplaced: true });
  for (const name of ["b", ""]) expect(names.resolve(name, 1)).toMatchObject({ isReplaced: false });
  names.stage("a", "three", 1).confirm();
  expect(names.resolve("a", 1)).toEqual({ type: "known", value: "three", isReplaced: false });
});

test("what all values take together goes with each of them, whatever becomes of it", () => {
  const { names } = listen();
  names.stage("a", "123", 1).confirm();
  const dropped = names.stage("a", "12345", 2);
  const staged = names.stage("b", "1234567", 2);
  expect(names.size).toBe(15);
  dropped.retract();
  expect(names.size).toBe(10);
  names.stage("a", undefined, 3).confirm();
  expect(names.size).toBe(7);
  staged.confirm();
  names.stage("b", "1", 4).confirm();
  expect(names.size).toBe(1);
  names.clear();
  expect(names.size).toBe(0);
});
