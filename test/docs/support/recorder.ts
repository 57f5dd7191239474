/** Answers as AWS's services do, as far as the pages' commands look, and keeps what was asked. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  /** The access key by which it was signed. */
  readonly key: string;
  readonly service: string;
  readonly action: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface Recorder {
  readonly url: string;
  readonly asked: readonly Asked[];
  stop(): Promise<void>;
}

/** By service and action: what stands within the answer. */
export type Answers = Readonly<Record<string, string>>;

export async function startRecorder(answers: Answers): Promise<Recorder> {
  const asked: Asked[] = [];
  const server = createServer((incoming, response) => {
    void serve(incoming, response);
  });

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    asked.push(request);
    const name = `${request.service}.${request.action}`;
    const answer = answers[name];
    response.writeHead(answer === undefined ? 501 : 200);
    response.end(answer === undefined ? `no answer to ${name}` : wrap(request, answer));
  }

  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo; // listening on TCP, so neither null nor a pipe's name
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The query protocol has its action and parameters in a form, JSON's in a header and the body, REST's in the path. */
async function readRequest(incoming: IncomingMessage): Promise<Asked> {
  const { headers, method = "", url = "" } = incoming;
  let body = "";
  for await (const chunk of incoming.setEncoding("utf8")) body += String(chunk);
  const [, key = "", service = ""] =
    /Credential=(\w+)\/\d+\/[\w-]+\/([\w-]+)\//.exec(headers.authorization ?? "") ?? [];
  const target = headers["x-amz-target"];
  if (typeof target === "string") {
    const [, action = ""] = target.split(".");
    return { key, service, action, parameters: JSON.parse(body) as Record<string, unknown> };
  }
  if (method === "POST") {
    const { Action: action = "", Version: _, ...parameters } = Object.fromEntries(new URLSearchParams(body));
    return { key, service, action, parameters };
  }
  return { key, service, action: `${method} ${url}`, parameters: {} };
}

/** XML is told by its first character; EC2 has no element around its results. */
function wrap({ service, action }: Asked, answer: string): string {
  if (!answer.startsWith("<") && answer !== "") return answer;
  const result = service === "ec2" ? answer : `<${action}Result>${answer}</${action}Result>`;
  return `<${action}Response>${result}</${action}Response>`;
}
