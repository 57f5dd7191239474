import { z } from "zod";

/** PostgreSQL's NAMEDATALEN less the zero that ends it. */
const maxCatalogBytes = 63;
const utf8 = new TextEncoder();

/**
 * The name of a database user or a database as PostgreSQL takes it: the server cuts a longer one at 63 bytes, and so
 * would open another than was asked for and decided (manual, section 4.1.1); a zero ends it.
 */
export const CatalogName = z
  .string()
  .min(1)
  .refine((name) => name.isWellFormed() && !name.includes("\0"), "expected Unicode without a zero character")
  .refine((name) => utf8.encode(name).length <= maxCatalogBytes, `at most ${maxCatalogBytes} bytes`);

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
