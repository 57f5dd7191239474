/** Values of a few types in both formats, and as PostgreSQL writes them into its log. */

export type TypeName = "int4" | "int8" | "bool" | "float8" | "text" | "bytea" | "uuid";

export interface TypedValue {
  readonly type: TypeName;
  /** As the type's output function writes it. */
  readonly text: string;
}

export const oidOf: Readonly<Record<TypeName, number>> = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int4: 23,
  text: 25,
  float8: 701,
  uuid: 2950,
};

/** As its type's receive function reads it (PostgreSQL's pg_proc.dat, `…recv`). */
export function toBinary({ type, text }: TypedValue): Buffer {
  const bytes = Buffer.alloc(type === "int4" ? 4 : 8);
  switch (type) {
    case "text":
      return Buffer.from(text);
    case "bytea":
      return Buffer.from(text.slice(2), "hex");
    case "uuid":
      return Buffer.from(text.replaceAll("-", ""), "hex");
    case "bool":
      return Buffer.from([text === "t" ? 1 : 0]);
    case "int4":
      bytes.writeInt32BE(Number(text));
      return bytes;
    case "int8":
      bytes.writeBigInt64BE(BigInt(text));
      return bytes;
    case "float8":
      bytes.writeDoubleBE(Number(text));
      return bytes;
  }
}

/** What `toBinary` was made of. */
export function fromBinary(type: TypeName, bytes: Buffer): string {
  switch (type) {
    case "text":
      return bytes.toString("utf8");
    case "bytea":
      return `\\x${bytes.toString("hex")}`;
    case "uuid":
      return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    case "bool":
      return bytes[0] === 1 ? "t" : "f";
    case "int4":
      return String(bytes.readInt32BE());
    case "int8":
      return String(bytes.readBigInt64BE());
    case "float8":
      return String(bytes.readDoubleBE());
  }
}
