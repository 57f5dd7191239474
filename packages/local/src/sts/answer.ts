/** Answers of STS: XML, or the same as JSON for those who ask for that. */
import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { AssumedRole } from "./assume-role.ts";
import type { Principal } from "./directory.ts";
import type { StsRefusal } from "./refusal.ts";

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/";

interface Tree {
  readonly [name: string]: string | Tree;
}

export interface Answer {
  readonly status: number;
  /** One root for XML; for JSON as it is. */
  readonly xml: Tree;
  readonly json: Tree;
}

export function identityAnswer({ arn, account }: Principal): Answer {
  const result = { Arn: arn, UserId: `AIDA${account}`, Account: account };
  return succeeded("GetCallerIdentity", result);
}

export function assumedAnswer({ credentials, arn }: AssumedRole): Answer {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
  return succeeded("AssumeRole", {
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: expiration.toISOString().replace(/\.\d+/, ""),
    },
    AssumedRoleUser: { Arn: arn, AssumedRoleId: `AROASTANDIN:${arn.slice(arn.lastIndexOf("/") + 1)}` },
  });
}

function succeeded(action: string, result: Tree): Answer {
  const content = { [`${action}Result`]: result, ResponseMetadata: { RequestId: randomUUID() } };
  const tree = { [`${action}Response`]: content };
  return { status: 200, xml: tree, json: tree };
}

export function refusedAnswer({ status, code, message }: StsRefusal): Answer {
  const content = { Error: { Type: "Sender", Code: code, Message: message }, RequestId: randomUUID() };
  return { status, xml: { ErrorResponse: content }, json: content };
}

export function sendAnswer(response: ServerResponse, answer: Answer, accept: string | undefined): void {
  const isJson = accept === "application/json";
  response.writeHead(answer.status, { "content-type": isJson ? "application/json" : "text/xml" });
  response.end(isJson ? JSON.stringify(answer.json) : formatXml(answer.xml, ` xmlns="${namespace}"`));
}

function formatXml(tree: Tree, attributes = ""): string {
  const elements = Object.entries(tree).map(([name, content]) => {
    const inner = typeof content === "string" ? escapeXml(content) : formatXml(content);
    return `<${name}${attributes}>${inner}</${name}>`;
  });
  return elements.join("");
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
