import { z } from "zod";

/**
 * The name of a resource. Lower case alone, for users as well: names are compared byte by byte, and two accounts
 * `alice` and `Alice` in one audit log are a trap. Identity providers that send `Alice@Example.com` are mapped to lower case.
 */
export const ResourceName = z
  .string()
  .min(1)
  .max(64)
  .regex(
    /^[a-z0-9][a-z0-9._@-]*$/,
    "expected lower-case letters, digits and . _ @ -, starting with a letter or digit",
  );
