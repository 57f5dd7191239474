/** The built-in shell: reads statements and commands, runs them, and shows what comes, as psql does. */
import { Sink } from "../output/sink.ts";
import { note } from "../output/write.ts";
import { type Item, StatementScanner } from "../sql/scanner.ts";
import { ServerError } from "../sql/server-error.ts";
import type { Listener, SqlSession } from "../sql/session.ts";
import type { Results, Statement } from "../sql/statement.ts";
import { type AlignedOptions, alignedPrinter } from "./aligned.ts";
import { runCommand } from "./commands.ts";
import { copyLines } from "./copy-lines.ts";
import { formatServerError } from "./error.ts";
import type { Lines } from "./lines.ts";
import { listener } from "./listener.ts";
import { openPager, pagerCommand } from "./pager.ts";
import { prompt } from "./prompt.ts";

/** Opens a session under another database user or name; none is the one that was asked for at first. */
export type Connect = (listener: Listener, to?: { db_user: string; db_name: string }) => Promise<SqlSession>;

export class Shell {
  readonly sink = new Sink();
  readonly connect: Connect;
  #lines: Lines;
  #scanner = this.#newScanner();
  #session: SqlSession;
  readonly #pager = pagerCommand(process.env);
  #running = false;
  #over = false;
  expanded = false;
  timing = false;

  /** Throws Fault or ServerError where there is no way in. */
  static async open(connect: Connect, lines: Lines): Promise<Shell> {
    return new Shell(connect, lines, await connect(listener));
  }

  private constructor(connect: Connect, lines: Lines, session: SqlSession) {
    this.connect = connect;
    this.#lines = lines;
    this.#session = session;
    lines.onInterrupt(() => this.interrupt());
  }

  get session(): SqlSession {
    return this.#session;
  }

  get interactive(): boolean {
    return this.#lines.interactive;
  }

  /** What was typed of a statement that isn't complete. */
  get pending(): string {
    return this.#scanner.pending;
  }

  /** Until the end of the lines, or `\q`. Throws ServerError 08006 where the connection is lost and nobody is there. */
  async run(): Promise<void> {
    await this.#readAll(this.#lines);
    if (this.interactive && !this.#over) process.stdout.write("\\q\n");
    await this.#session.close();
  }

  /** Another source of lines, until its end: of `\i`. */
  async include(lines: Lines): Promise<void> {
    const [before, scanner] = [this.#lines, this.#scanner];
    this.#lines = lines;
    this.#scanner = this.#newScanner();
    try {
      await this.#readAll(lines);
    } finally {
      [this.#lines, this.#scanner] = [before, scanner];
    }
  }

  /** Ctrl-C: ends the statement that runs, or forgets the one that is being typed. */
  interrupt(): void {
    if (this.#running) this.#session.cancel().catch(() => undefined);
    else this.reset();
  }

  reset(): void {
    this.#scanner.reset();
  }

  quit(): void {
    this.#over = true;
  }

  /** Takes another session in the place of this one. */
  async use(session: SqlSession): Promise<void> {
    const before = this.#session;
    this.#session = session;
    await before.close();
  }

  async say(text: string): Promise<void> {
    await this.sink.print(`${text}\n`);
    await this.sink.flush();
  }

  /** Runs a statement and shows its results. What the server refuses is shown, and false returned. */
  async execute(statement: Statement, options: AlignedOptions = {}): Promise<boolean> {
    const paged =
      this.interactive && this.#pager !== undefined ? openPager(this.#pager, this.#lines) : undefined;
    const sink = paged ? new Sink(paged.stream) : this.sink;
    const printer = alignedPrinter(sink, { expanded: this.expanded, ...options });
    const results: Results = { ...printer, copyIn: () => copyLines(this.#lines) };
    const started = performance.now();
    const done = await this.attempt(() => this.#session.run(statement, results));
    await printer.end();
    await paged?.close();
    if (this.timing) await this.say(`Time: ${(performance.now() - started).toFixed(3)} ms`);
    return done;
  }

  /** Shows what the server refuses; a connection that is lost is opened anew for somebody who sits there. */
  async attempt(act: () => Promise<void>): Promise<boolean> {
    this.#running = true;
    try {
      await act();
      return true;
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      await this.sink.flush();
      for (const line of formatServerError(error)) note(line);
      if (error.severity !== "ERROR") await this.#reconnect(error);
      return false;
    } finally {
      this.#running = false;
    }
  }

  async #readAll(lines: Lines): Promise<void> {
    while (!this.#over) {
      const line = await lines.next(this.#prompt());
      if (line === undefined) break;
      for (const item of this.#scanner.push(line)) await this.#take(item);
    }
    // What a file ends with needs no semicolon.
    if (!this.#over && !lines.interactive && this.#scanner.open !== "none") {
      const text = this.#scanner.pending;
      this.reset();
      await this.execute({ text });
    }
  }

  async #take(item: Item): Promise<void> {
    if (this.#over) return;
    if (item.type === "statement") await this.execute({ text: item.text });
    else await runCommand(this, item.text);
  }

  async #reconnect(error: ServerError): Promise<void> {
    this.#session.abandon();
    if (!this.interactive) throw error;
    const { db_user, db_name } = this.#session.target;
    note("The connection was lost. Trying again …");
    this.#session = await this.connect(listener, { db_user, db_name });
    note("Connected again; what was set in the session is gone.");
  }

  #prompt(): string {
    const { target, status } = this.#session;
    const isSuperuser = this.#session.parameter("is_superuser") === "on";
    return prompt(target.db_name, this.#scanner.open, status, isSuperuser);
  }

  #newScanner(): StatementScanner {
    const standardStrings = () => this.#session.parameter("standard_conforming_strings") !== "off";
    return new StatementScanner({ commands: true, standardStrings });
  }
}
