/** A session with a database, by the protocol itself: what `db query` and the shell run statements on. */
import { CString } from "@postern/wire/cstring";
import { errorField } from "@postern/wire/error-response";
import type { BackendMessage } from "@postern/wire/messages/backend";
import type { BackendKeyData } from "@postern/wire/messages/backend/backend-key-data";
import type { TransactionStatus } from "@postern/wire/messages/backend/ready-for-query";
import type { Target } from "../credential/certificate.ts";
import type { CertificateSource } from "../credential/source.ts";
import { cancel, reach } from "../tunnel/remote.ts";
import { OpenSockets } from "../tunnel/sockets.ts";
import { Connection } from "./connection.ts";
import { ServerError, serverError } from "./server-error.ts";
import { type Results, request, type Statement, takeResult } from "./statement.ts";

/** What comes unasked. */
export interface Listener {
  notice(severity: string, message: string): void;
  notification(channel: string, payload: string, processId: number): void;
}

/** What the last bytes on their way may take. */
const grace = 1_000;

export class SqlSession {
  readonly target: Target;
  readonly #source: CertificateSource;
  readonly #listener: Listener;
  readonly #open: OpenSockets;
  readonly #connection: Connection;
  readonly #parameters = new Map<string, string>();
  #key: BackendKeyData | undefined;
  #status: TransactionStatus = "idle";

  /** Throws Fault where there is no way, ServerError for a refusal. @param ending gives it up */
  static async open(
    source: CertificateSource,
    target: Target,
    listener: Listener,
    ending?: AbortSignal,
  ): Promise<SqlSession> {
    const open = new OpenSockets();
    const giveUp = () => open.destroy();
    ending?.addEventListener("abort", giveUp);
    try {
      const connection = new Connection(await reach(source, await source.get(), open));
      const session = new SqlSession(source, target, listener, open, connection);
      await session.#start();
      return session;
    } catch (error) {
      open.destroy();
      throw error;
    } finally {
      ending?.removeEventListener("abort", giveUp);
    }
  }

  private constructor(
    source: CertificateSource,
    target: Target,
    listener: Listener,
    open: OpenSockets,
    connection: Connection,
  ) {
    this.target = target;
    this.#source = source;
    this.#listener = listener;
    this.#open = open;
    this.#connection = connection;
  }

  /** As of the last statement. */
  get status(): TransactionStatus {
    return this.#status;
  }

  get processId(): number | undefined {
    return this.#key?.processId;
  }

  /** A setting that the server reports, such as `server_version`. */
  parameter(name: string): string | undefined {
    return this.#parameters.get(name);
  }

  /** Throws ServerError for what the server refuses. One that isn't of severity ERROR has ended the session. */
  async run(statement: Statement, results: Results): Promise<void> {
    let failure: ServerError | undefined;
    await this.#connection.send(...request(statement));
    for (;;) {
      const message = await this.#next();
      if (message.type === "ReadyForQuery") {
        this.#status = message.status;
        if (failure) throw failure;
        return;
      }
      if (message.type === "ErrorResponse") {
        failure = serverError(message, statement.text);
        if (failure.severity !== "ERROR") throw failure;
      } else if (message.type === "CopyInResponse") await this.#copyIn(statement, results);
      else await takeResult(message, results);
    }
  }

  /** Asks the server to end what runs. Settles once the request is taken. */
  async cancel(): Promise<void> {
    if (this.#key === undefined) return;
    const { processId, secretKey } = this.#key;
    await cancel(this.#source, { type: "CancelRequest", processId, secretKey }, this.#open);
  }

  /** Says goodbye. */
  async close(): Promise<void> {
    this.#connection.end();
    await this.#open.ended(grace);
    this.#open.destroy();
  }

  /** Ends it at once, whatever runs. */
  abandon(): void {
    this.#open.destroy();
  }

  async #start(): Promise<void> {
    const { db_user, db_name } = this.target;
    const options = process.env["PGOPTIONS"];
    const parameters = new Map([
      ["user", db_user],
      ["database", db_name],
      ["application_name", "postern"],
      ["client_encoding", "UTF8"],
      ...(options === undefined ? [] : [["options", options] as const]),
    ]);
    await this.#connection.send({ type: "StartupMessage", version: { major: 3, minor: 0 }, parameters });
    for (;;) {
      const message = await this.#next();
      if (message.type === "ReadyForQuery") return;
      if (message.type === "ErrorResponse") throw serverError(message, "");
      if (message.type === "BackendKeyData") this.#key = message;
      else if (message.type.startsWith("Authentication") && message.type !== "AuthenticationOk")
        throw new ServerError("the proxy asks for a password, which no certificate needs", "28000");
    }
  }

  /** The next message that belongs to what was asked. */
  async #next(): Promise<BackendMessage> {
    for (;;) {
      const message = await this.#connection.next();
      switch (message.type) {
        case "NoticeResponse":
          this.#listener.notice(errorField(message, "S") ?? "NOTICE", errorField(message, "M") ?? "");
          break;
        case "NotificationResponse":
          this.#listener.notification(message.channel.utf8, message.payload.utf8, message.processId);
          break;
        case "ParameterStatus":
          this.#parameters.set(message.name.utf8, message.value.utf8);
          break;
        default:
          return message;
      }
    }
  }

  async #copyIn(statement: Statement, results: Results): Promise<void> {
    const input = results.copyIn();
    if (typeof input === "string")
      await this.#connection.send({ type: "CopyFail", reason: CString.from(input) });
    else {
      for await (const data of input) await this.#connection.send({ type: "CopyData", data });
      await this.#connection.send({ type: "CopyDone" });
    }
    // The one that was sent with the statement is ignored while data is awaited (manual, "COPY Operations").
    if (statement.parameters) await this.#connection.send({ type: "Sync" });
  }
}
