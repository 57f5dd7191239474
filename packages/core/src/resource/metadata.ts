import { z } from "zod";
import { Labels } from "../label/labels.ts";
import { ResourceName } from "./name.ts";
import { strictObject } from "./strict.ts";

/** What every resource is known by. */
export const Metadata = strictObject({
  name: ResourceName,
  description: z.string().max(1024).optional(),
  labels: Labels.optional(),
});
export type Metadata = z.infer<typeof Metadata>;
