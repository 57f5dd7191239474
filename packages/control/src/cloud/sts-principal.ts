/**
 * Asks STS who signed a host's proof. The request is built here, from constants and the few fields of the proof that were
 * checked: to AWS's own host, over TLS, with exactly the headers that were signed, and never to where an answer points.
 */
import { request } from "node:https";
import { Fault } from "@postern/core/fault";
import type { CallerIdentity } from "@postern/core/iam/allow-rule";
import {
  authorizationOf,
  type IamProof,
  identityRequest,
  signedHeaders,
} from "@postern/core/iam/identity-request";
import { printable } from "@postern/core/resource/printable";
import { second } from "@postern/core/time";
import { z } from "zod";
import type { PrincipalVerdict, PrincipalVerifier, VerifiedPrincipal } from "../ports.ts";
import type { StsElsewhere } from "./sts-elsewhere.ts";

const timeoutMs = 5 * second;
/** A good answer has about 300 bytes. */
const maxAnswerBytes = 16_384;

/** @param elsewhere absent in AWS, always */
export function createPrincipalVerifier(elsewhere?: StsElsewhere): PrincipalVerifier {
  return {
    verify: async (proof, challenge) => {
      const { status, text } = await send(proof, challenge, elsewhere).catch(unanswered);
      if (status >= 500) throw unavailable();
      return status === 200 ? identityIn(text) : { type: "refused", reason: refusalIn(status, text) };
    },
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

function send(proof: IamProof, challenge: string, elsewhere: StsElsewhere | undefined): Promise<Answer> {
  const { method, path, body } = identityRequest;
  const headers = {
    ...Object.fromEntries(signedHeaders(proof, challenge)),
    authorization: authorizationOf(proof),
    accept: "application/json",
  };
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: elsewhere?.host ?? proof.host,
        port: elsewhere?.port ?? 443,
        servername: proof.host,
        rejectUnauthorized: true,
        ...(elsewhere !== undefined && { ca: elsewhere.ca }),
        method,
        path,
        headers,
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        readAnswer(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

async function readAnswer(chunks: AsyncIterable<Buffer>): Promise<string> {
  const read: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > maxAnswerBytes) throw new Error("the answer is too long");
    read.push(chunk);
  }
  return Buffer.concat(read).toString("utf8");
}

function unanswered(cause: unknown): never {
  throw unavailable(cause);
}

function unavailable(cause?: unknown): Fault {
  return new Fault("service.unavailable", "STS did not answer", { hint: "try again" }, cause);
}

const Identity = z.object({
  GetCallerIdentityResponse: z.object({
    GetCallerIdentityResult: z.object({
      Account: z.string().regex(/^[0-9]{12}$/),
      Arn: z.string().max(2048).startsWith("arn:"),
    }),
  }),
});

function identityIn(text: string): PrincipalVerdict {
  const parsed = Identity.safeParse(parseJson(text));
  if (!parsed.success) return { type: "refused", reason: "STS's answer could not be read" };
  const { Account: account, Arn: arn } = parsed.data.GetCallerIdentityResponse.GetCallerIdentityResult;
  const identity: CallerIdentity = { account, arn };
  return { type: "verified", principal: identity as VerifiedPrincipal }; // the one place that makes this proof
}

const StsError = z.object({ Error: z.object({ Code: z.string(), Message: z.string().default("") }) });

function refusalIn(status: number, text: string): string {
  const parsed = StsError.safeParse(parseJson(text));
  if (!parsed.success) return `STS did not take the proof: status ${status}`;
  const { Code, Message } = parsed.data.Error;
  return `STS did not take the proof: ${printable(Code)}: ${printable(Message)}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
