/**
 * What the server may say until it is ready, and what it is answered. The one secret, the IAM token, is sent in answer
 * to a request for a cleartext password, once, and to nothing else.
 */
import { ProtocolError } from "@postern/wire/errors";
import type { MessageFrame } from "@postern/wire/frame";
import { serialize } from "pg-protocol";
import type {
  BackendKeyDataMessage,
  BackendMessage,
  ParameterStatusMessage,
} from "pg-protocol/dist/messages";
import { Parser } from "pg-protocol/dist/parser";
import { Refusal } from "../refusal/refusal.ts";

export interface LoginRequest {
  readonly parameters: ReadonlyMap<string, string>;
  readonly dbUser: string;
  readonly iamToken: string;
  readonly decisionId: string;
}

export interface CancelKey {
  readonly processId: number;
  readonly secretKey: Uint8Array;
}

/** What the server said until it was ready for queries. */
export interface Greeting {
  /** ParameterStatus and NoticeResponse, as they came: for the client. */
  readonly messages: readonly Uint8Array[];
  readonly settings: ReadonlyMap<string, string>;
  readonly cancelKey: CancelKey | undefined;
  /** What came behind ReadyForQuery. */
  readonly unread: Uint8Array;
}

/** PostgreSQL reports about fifteen settings; one that goes on for ever is no PostgreSQL. */
const mostMessages = 1_000;

export class LoginPhase {
  readonly #request: LoginRequest;
  readonly #send: (bytes: Uint8Array) => void;
  readonly #parser = new Parser();
  readonly #messages: Uint8Array[] = [];
  readonly #settings = new Map<string, string>();
  #cancelKey: CancelKey | undefined;
  #phase: "start" | "token_sent" | "authenticated" = "start";
  #count = 0;

  constructor(request: LoginRequest, send: (bytes: Uint8Array) => void) {
    this.#request = request;
    this.#send = send;
  }

  greeting(unread: Uint8Array): Greeting {
    return { messages: this.#messages, settings: this.#settings, cancelKey: this.#cancelKey, unread };
  }

  /** True when the server is ready. @throws Refusal, ProtocolError */
  take(frame: MessageFrame): boolean {
    this.#count += 1;
    if (this.#count > mostMessages) throw new ProtocolError("tag.refused", "its start-up has no end");
    const message = this.#parse(frame);
    switch (message.name) {
      case "authenticationCleartextPassword":
        return this.#sendToken();
      case "authenticationOk":
        return this.#authenticated();
      case "authenticationMD5Password":
        throw this.#askedPassword("MD5");
      case "authenticationSASL":
        throw this.#askedPassword("SCRAM");
      case "error":
        throw this.#failed(message as BackendMessage & { code?: string; message?: string }); // name "error" is DatabaseError's
      case "parameterStatus":
        return this.#parameterStatus(frame, message as ParameterStatusMessage); // named so by its class alone
      case "notice":
        return this.#keep(frame);
      case "backendKeyData":
        return this.#keyData(message as BackendKeyDataMessage); // named so by its class alone
      case "readyForQuery":
        if (this.#phase === "authenticated") return true;
        throw new ProtocolError("tag.refused", "it was ready before it let anybody in");
      default:
        throw new ProtocolError("tag.refused", `${message.name} has no place in its start-up`);
    }
  }

  #parse({ bytes }: MessageFrame): BackendMessage {
    let message: BackendMessage | undefined;
    try {
      this.#parser.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), (parsed) => {
        message = parsed;
      });
    } catch (error) {
      throw new Refusal(
        { type: "database_protocol", problem: "a message of its start-up can't be read" },
        error,
      );
    }
    if (message === undefined)
      throw new ProtocolError("message.truncated", "a message of its start-up has no end");
    return message;
  }

  #sendToken(): false {
    if (this.#phase !== "start") throw this.#refusedToken();
    this.#phase = "token_sent";
    this.#send(serialize.password(this.#request.iamToken));
    return false;
  }

  /** A server that lets us in without a password isn't one that checks IAM tokens: it would let in anybody. */
  #authenticated(): false {
    if (this.#phase !== "token_sent") {
      throw new ProtocolError("tag.refused", "it let somebody in without asking for the token");
    }
    this.#phase = "authenticated";
    return false;
  }

  #parameterStatus(frame: MessageFrame, { parameterName, parameterValue }: ParameterStatusMessage): false {
    this.#settings.set(parameterName, parameterValue);
    return this.#keep(frame);
  }

  #keep({ bytes }: MessageFrame): false {
    this.#messages.push(bytes);
    return false;
  }

  #keyData({ processID, secretKey }: BackendKeyDataMessage): false {
    if (this.#cancelKey) throw new ProtocolError("tag.refused", "it gave two cancel keys");
    const key = Buffer.alloc(4);
    key.writeInt32BE(secretKey);
    this.#cancelKey = { processId: processID, secretKey: key };
    return false;
  }

  #failed({ code = "", message = "" }: { code?: string; message?: string }): Refusal {
    if (code.startsWith("28")) return this.#refusedToken(message);
    return new Refusal({ type: "database_refused", sqlstate: code, message });
  }

  /** As RDS does for a user who isn't granted `rds_iam`. */
  #askedPassword(method: "SCRAM" | "MD5"): Refusal {
    const { dbUser, decisionId } = this.#request;
    return new Refusal({ type: "database_asked_password", method, dbUser, decisionId });
  }

  #refusedToken(cause?: string): Refusal {
    const { dbUser, decisionId } = this.#request;
    return new Refusal({ type: "database_refused_token", dbUser, decisionId }, cause);
  }
}
