import type { ParameterStatus } from "@postern/wire/messages/backend/parameter-status";

/** How a server reads SQL, as ParameterStatus keeps it up to date (manual, "Asynchronous Operations"). */
export class Settings {
  #encoding: string | undefined;
  #standardStrings: string | undefined;

  /** @param initial as reported at start-up */
  constructor(initial: ReadonlyMap<string, string>) {
    this.#encoding = initial.get("client_encoding");
    this.#standardStrings = initial.get("standard_conforming_strings");
  }

  take({ name, value }: Pick<ParameterStatus, "name" | "value">): void {
    if (name.utf8 === "client_encoding") this.#encoding = value.utf8;
    if (name.utf8 === "standard_conforming_strings") this.#standardStrings = value.utf8;
  }

  /** Strings are read as standard SQL has them, in UTF-8: what PostgreSQL's parser, alone, takes for granted. */
  get isPlainSql(): boolean {
    return this.#encoding === "UTF8" && this.#standardStrings === "on";
  }
}
