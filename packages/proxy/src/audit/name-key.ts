import type { CString } from "@postern/wire/cstring";
import { ProtocolError } from "@postern/wire/errors";

/** NAMEDATALEN - 1: PostgreSQL cuts the names of statements and portals there, without a word. */
const longestName = 63;

/**
 * A name of a prepared statement or a portal, as PostgreSQL tells it from others.
 * @throws ProtocolError for a name beyond ASCII: conversion from the client's encoding could make it another's
 */
export function nameKey(name: CString): string {
  if (name.bytes.some((byte) => byte > 0x7f)) {
    throw new ProtocolError("string.encoding", "names of prepared statements and portals must be ASCII here");
  }
  return name.key.slice(0, longestName);
}
