import { z } from "zod";
import { type Anchoring, compilePattern } from "./pattern.ts";
import { isTemplate, parseTemplate } from "./template.ts";

/** Reports a broken pattern to zod, with its offset in the text, from which the parser of files makes a column. */
export function checkPattern(text: string, anchoring: Anchoring, context: z.core.$RefinementCtx): void {
  const pattern = compilePattern(text, anchoring);
  if (pattern.type === "pattern") return;
  context.addIssue({ code: "custom", message: pattern.problem, params: { offset: pattern.offset } });
}

/** A pattern for names, compiled when it is written so that a broken one never reaches a decision; or a template. */
export const NamePattern = z.string().superRefine((text, context) => {
  if (!isTemplate(text)) checkPattern(text, "whole", context);
  else if (parseTemplate(text) === undefined) {
    const message =
      "has a template that isn't known; known are {{internal.db_users}} and {{internal.db_names}}";
    context.addIssue({ code: "custom", message, params: { offset: text.indexOf("{{") } });
  }
});

/** A value of a trait, which takes a template's place: a name or a glob. */
export const TraitValue = z
  .string()
  .max(128)
  .superRefine((text, context) => checkPattern(text, "whole", context))
  .refine((text) => !text.startsWith("^"), "expected a name or a glob, no regular expression");
