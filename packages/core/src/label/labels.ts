import { z } from "zod";

/** A label's key, as Teleport and Kubernetes write them. */
export const LabelKey = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]*$/, "expected a label key of letters, digits and . _ : / -");

/** A label's value: any printable text. */
export const LabelValue = z
  .string("expected a text; put numbers, true and false in quotes")
  .max(256)
  .regex(/^\P{C}*$/u, "a label's value has no control characters");

const maxLabels = 100;

/** The labels of a database. */
export const Labels = z
  .record(LabelKey, LabelValue)
  .refine((labels) => Object.keys(labels).length <= maxLabels, `at most ${maxLabels} labels`);
export type Labels = z.infer<typeof Labels>;
