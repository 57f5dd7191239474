/** What the `sst` command serves to the program while it runs (POST /rpc): here without AWS and without building. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { root } from "./platform.ts";
import { ACCOUNT, REGION } from "./provider.ts";

interface Call {
  readonly method: string;
  readonly params: readonly [
    { readonly functionID: string; readonly handler: string; readonly links: Record<string, unknown> },
  ];
}

/** What each function is linked to, by their names in the program. */
export const linksOf: Record<string, string[]> = {};

/** Starts it on a free port; does not keep the process alive. `artifacts` is where bundles would go. */
export async function startCliServer(artifacts: string): Promise<string> {
  const server = createServer((request, response) => {
    void answer(request, response, artifacts);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  // A TCP listener's address is never a pipe's name and, once listening, never null.
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

async function answer(request: IncomingMessage, response: ServerResponse, artifacts: string): Promise<void> {
  const chunks: Buffer[] = [];
  // A request without an encoding gives buffers.
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const call: Call = JSON.parse(Buffer.concat(chunks).toString());
  response.setHeader("connection", "close");
  response.end(JSON.stringify(reply(call, artifacts)));
}

function reply({ method, params }: Call, artifacts: string): { result: unknown } | { error: string } {
  switch (method) {
    case "Provider.Aws.Bootstrap":
      return {
        result: {
          asset: "sst-asset-mock",
          assetEcrRegistryId: ACCOUNT,
          assetEcrUrl: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/sst-asset`,
          state: "sst-state-mock",
          appsyncHttp: "",
          appsyncRealtime: "",
        },
      };
    case "Runtime.AddTarget":
      return { result: true };
    case "Runtime.Build":
      linksOf[params[0].functionID] = Object.keys(params[0].links);
      return { result: buildNothing(params[0], artifacts) };
    default:
      return { error: `the stand-in for sst's command does not know ${method}` };
  }
}

/** An empty bundle, where the entry point exists: that it can be bundled is what bundle.test.ts is for. */
function buildNothing({ functionID, handler }: Call["params"][0], artifacts: string) {
  const entry = path.join(root, handler.replace(/\.\w+$/, ".ts"));
  if (!existsSync(entry)) return { errors: [`there is no ${entry}`] };
  const out = path.join(artifacts, `${functionID}-src`);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  writeFileSync(path.join(out, "bundle.mjs"), "export const handler = () => {};");
  return { handler: "bundle.handler", out, errors: [], sourcemaps: [] };
}
