import type { ParameterStatus } from "@postern/wire/messages/backend/parameter-status";

/** The settings that the server reports, as ParameterStatus keeps them up to date (manual, "Asynchronous Operations"). */
export class Settings {
  readonly #values: Map<string, string>;

  /** @param initial as reported at start-up */
  constructor(initial: ReadonlyMap<string, string>) {
    this.#values = new Map(initial);
  }

  take({ name, value }: Pick<ParameterStatus, "name" | "value">): void {
    this.#values.set(name.utf8, value.utf8);
  }

  /** Strings are read as standard SQL has them, in UTF-8: what PostgreSQL's parser, alone, takes for granted. */
  get isPlainSql(): boolean {
    return (
      this.#values.get("client_encoding") === "UTF8" &&
      this.#values.get("standard_conforming_strings") === "on"
    );
  }
}
