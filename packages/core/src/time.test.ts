import { expect, test } from "vitest";
import { Duration, formatTime, hour, minute, parseDuration } from "./time.ts";

test.each([
  ["90s", 90_000],
  ["30m", 30 * minute],
  ["1h30m", hour + 30 * minute],
  ["7d", 168 * hour],
])("the duration %s is %i milliseconds", (text, ms) => {
  expect(Duration.safeParse(text).success).toBe(true);
  expect(parseDuration(text)).toBe(ms);
});

test.each(["", "0s", "5", "-5m", "1.5h", "1h ", "5w", "9999999d", "4000d", "h"])(
  "%j is no duration",
  (text) => {
    expect(Duration.safeParse(text).error?.issues).toHaveLength(1);
  },
);

test("times are RFC 3339 in UTC with milliseconds", () => {
  expect(formatTime(0)).toBe("1970-01-01T00:00:00.000Z");
});
