import { Fault } from "@postern/core/fault";
import { expect, test } from "vitest";
import type { ControlPlane } from "../control-plane.ts";
import { ChangeFeed } from "./change-feed.ts";

type Answer = Awaited<ReturnType<ControlPlane["changes"]>> | Fault;

/** A control plane that answers these, and what it was asked for. */
function feedOf(...answers: Answer[]): { feed: ChangeFeed; asked: (string | undefined)[] } {
  const asked: (string | undefined)[] = [];
  const changes = async (after: string | undefined) => {
    asked.push(after);
    const answer = answers.shift();
    if (answer === undefined || answer instanceof Fault) throw answer ?? new Error("asked too often");
    return answer;
  };
  return { feed: new ChangeFeed({ changes }), asked };
}

const entry = (id: string) => ({ id, change: ended(id) });
const ended = (sid: string) => ({ type: "session_ended", sid, reason: "locked" }) as const;

test("a change that is answered again is heard once, a late one before it too", async () => {
  const { feed, asked } = feedOf(
    { cursor: "1", changes: [entry("1"), entry("3")] },
    { cursor: "1", changes: [entry("1"), entry("2"), entry("3")] },
    { cursor: "3", changes: [entry("1"), entry("2"), entry("3"), entry("4")] },
    { cursor: "9", changes: [entry("3"), entry("4")] },
  );
  expect(await feed.read()).toEqual([ended("1"), ended("3")]);
  expect(await feed.read()).toEqual([ended("2")]);
  expect(await feed.read()).toEqual([ended("4")]);
  expect(await feed.read()).toEqual([]);
  expect(asked).toEqual([undefined, "1", "1", "3"]);
});

test("an answer that didn't come is asked for again, from the same place", async () => {
  const { feed, asked } = feedOf(
    { cursor: "1", changes: [entry("1")] },
    new Fault("service.unavailable", "gone"),
    { cursor: "1", changes: [entry("1"), entry("2")] },
  );
  await feed.read();
  await expect(feed.read()).rejects.toMatchObject({ code: "service.unavailable" });
  expect(await feed.read()).toEqual([ended("2")]);
  expect(asked).toEqual([undefined, "1", "1"]);
});

test("a cursor whose entries are gone is given up", async () => {
  const { feed, asked } = feedOf(
    { cursor: "1", changes: [] },
    new Fault("resource.changed", "no longer kept"),
    { cursor: "2", changes: [] },
  );
  await feed.read();
  await expect(feed.read()).rejects.toMatchObject({ code: "resource.changed" });
  await feed.read();
  expect(asked).toEqual([undefined, "1", undefined]);
});
