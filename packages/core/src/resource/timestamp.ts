import { z } from "zod";

/** A time as people and events see it: RFC 3339 in UTC, such as `2026-05-04T10:00:00.000Z`. */
export const Timestamp = z.iso.datetime("expected a time in UTC such as 2026-05-04T10:00:00Z");
