import { z } from "zod";
import { type Anchoring, compilePattern } from "./pattern.ts";

/** Reports a broken pattern to zod, with its offset in the text, from which the parser of files makes a column. */
export function checkPattern(text: string, anchoring: Anchoring, context: z.core.$RefinementCtx): void {
  const pattern = compilePattern(text, anchoring);
  if (pattern.type === "pattern") return;
  context.addIssue({ code: "custom", message: pattern.problem, params: { offset: pattern.offset } });
}

/** A pattern for names, compiled when it is written so that a broken one never reaches a decision. */
export const NamePattern = z.string().superRefine((text, context) => checkPattern(text, "whole", context));
