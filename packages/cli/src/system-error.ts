/** What the operating system refused, in words. */
const reasons: Record<string, string> = {
  ENOENT: "no such file",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is no folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be larger than is allowed here",
  EROFS: "the disk can't be written to",
  ERR_ENCODING_INVALID_ENCODED_DATA: "it is not UTF-8",
};

/** The code of a system call's error, such as ENOENT; undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

export function reasonOf(error: unknown): string {
  return reasons[systemCode(error) ?? ""] ?? (error instanceof Error ? error.message : String(error));
}
