/** The configuration of a database service: GUIDE, "Steps 2 and 3". Unknown keys stop the start, with their line. */
import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { ServedDatabase } from "@postern/core/api/host";
import { Fault, type InputIssue } from "@postern/core/fault";
import { Database } from "@postern/core/resource/db";
import { EndpointText } from "@postern/core/resource/endpoint";
import { formatPath, missingInput, schemaIssues } from "@postern/core/resource/issue";
import { readYaml, type YamlText } from "@postern/core/resource/yaml";
import { z } from "zod";

const { protocol, uri, aws } = Database.shape.spec.shape;

const DatabaseConfig = z.strictObject({
  name: Database.shape.metadata.shape.name,
  description: z.string().max(1024).default(""),
  protocol,
  uri,
  labels: z.record(z.string(), z.string()).default({}),
  tls: z
    .strictObject({ ca_cert_file: z.string().min(1).nullable().default(null) })
    .default({ ca_cert_file: null }),
  aws,
});

export const Config = z.strictObject({
  version: z.literal("v1"),
  postern: z.strictObject({
    proxy_server: z.string().min(1),
    data_dir: z.string().min(1),
    join: z.discriminatedUnion("method", [
      z.strictObject({ method: z.literal("token"), token: z.string().min(1) }),
      z.strictObject({ method: z.literal("iam"), token_name: z.string().min(1) }),
    ]),
  }),
  db_service: z.strictObject({
    listen_addr: z.string().min(1).default("0.0.0.0:5440"),
    public_addr: EndpointText,
    databases: z.array(DatabaseConfig).max(1000),
  }),
});
export type Config = z.infer<typeof Config>;

/** @param source what messages call the text: a file's name. @throws Fault `input.invalid`, with paths and lines */
export function parseConfig(text: string, source: string): Config {
  const yaml = readYaml(text);
  const issues = yaml.issues.map(({ offset, message }) => ({ path: "", message, ...yaml.position(offset) }));
  if (issues.length > 0) throw invalid(source, issues);
  const value: unknown = yaml.documents[0]?.toJS({ maxAliasCount: 0 });
  const parsed = Config.safeParse(value, { error: missingInput });
  if (parsed.success) return parsed.data;
  throw invalid(
    source,
    schemaIssues(parsed.error.issues).map(({ path, message }) => ({
      path: formatPath(path),
      message,
      ...positionOf(yaml, path),
    })),
  );
}

/** Where a path stands; a key that is missing stands where its parent does. */
function positionOf(yaml: YamlText, path: readonly PropertyKey[]): { line: number; column: number } {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = yaml.documents[0]?.getIn(path.slice(0, length), true);
    const range: unknown = node instanceof Object && "range" in node ? node.range : undefined;
    if (Array.isArray(range) && typeof range[0] === "number") return yaml.position(range[0]);
  }
  return yaml.position(0);
}

function invalid(source: string, issues: readonly InputIssue[]): Fault {
  const lines = issues.map(({ path, message, line, column }) =>
    [`${source}:${line}:${column}`, ...(path === "" ? [] : [path]), message].join(": "),
  );
  return new Fault("input.invalid", lines.join("\n"), { issues });
}

/** The databases as the control plane is told of them; certificate files are read. */
export function servedDatabases(config: Config): Promise<ServedDatabase[]> {
  return Promise.all(
    config.db_service.databases.map(async ({ name, description, labels, protocol, uri, tls, aws }) => {
      const ca_cert_pem = tls.ca_cert_file === null ? null : await readFile(tls.ca_cert_file, "utf8");
      return { name, description, labels, spec: { protocol, uri, tls: { ca_cert_pem }, aws } };
    }),
  );
}

/**
 * The join token: what the file says where there is one by that name (from the current folder, or the configuration's),
 * else the text itself. @throws Fault `input.invalid` where the configuration has none
 */
export async function readJoinToken(config: Config, folder: string): Promise<string> {
  const { join: method } = config.postern;
  if (method.method === "iam")
    throw new Fault("input.invalid", "joining by IAM is not supported yet; use a token");
  const paths = isAbsolute(method.token) ? [method.token] : [method.token, join(folder, method.token)];
  for (const path of paths) {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text !== undefined) return text.trim();
  }
  return method.token;
}

/** @returns the API's origin: https, but for loopback. @throws Fault `input.invalid` for plain http elsewhere */
export function apiOrigin(config: Config): string {
  const { proxy_server } = config.postern;
  const [, scheme, address = ""] = /^(?:(https?):\/\/)?(.*)$/.exec(proxy_server) ?? [];
  const { hostname } = new URL(`https://${address}`);
  const isLoopback =
    hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  if (scheme === "http" && !isLoopback) {
    throw new Fault("input.invalid", `proxy_server: ${proxy_server} must be https, as it is another machine`);
  }
  return new URL(`${scheme ?? (isLoopback ? "http" : "https")}://${address}`).origin;
}

/** `HOST:PORT`, where port 0 takes any free one. @throws Fault `input.invalid` */
export function listenAddress(config: Config): { readonly host: string; readonly port: number } {
  const text = config.db_service.listen_addr;
  const [, host = "", digits = ""] = /^\[?([^\]]*)\]?:(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (host === "" || port > 65_535)
    throw new Fault("input.invalid", `listen_addr: expected HOST:PORT, not ${text}`);
  return { host, port };
}
