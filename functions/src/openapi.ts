/** The API as an OpenAPI 3.1 document, from the one route table and the schemas that requests are parsed by. */
import type { ClusterConfig } from "@postern/control/ports";
import { Problem } from "@postern/core/api/read";
import type { CallerType, Route } from "@postern/core/api/route";
import { routes } from "@postern/core/api/routes";
import { AuditEvent } from "@postern/core/audit/event";
import { z } from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from "zod-openapi";

type Document = ReturnType<typeof createDocument>;

export function openapiDocument({ clusterName, version, origins }: ClusterConfig): Document {
  return createDocument({
    openapi: "3.1.0",
    info: { title: "Postern", version, description: `The control plane of the cluster \`${clusterName}\`.` },
    servers: [{ url: origins[0] }],
    paths: paths(),
    components: { schemas: { Problem, AuditEvent }, securitySchemes },
  });
}

/** RFC 9449: `Authorization: DPoP …` and a proof in the header `DPoP`. OpenAPI has no type of its own for it. */
const securitySchemes = {
  token: { type: "apiKey", in: "header", name: "authorization", description: "`DPoP` and the access token" },
  proof: { type: "apiKey", in: "header", name: "dpop", description: "a DPoP proof for this request" },
} as const;

function paths(): ZodOpenApiPathsObject {
  const all: ZodOpenApiPathsObject = {};
  for (const [name, row] of Object.entries(routes)) {
    all[row.path] = { ...all[row.path], [row.method.toLowerCase()]: operation(name, row) };
  }
  return all;
}

function operation(operationId: string, row: Route): ZodOpenApiOperationObject {
  return {
    operationId,
    summary: row.summary,
    description: description(row),
    tags: [row.function],
    security: security(row.callers),
    requestParams: {
      ...(isObject(row.params) && { path: row.params }),
      ...(isObject(row.query) && { query: row.query }),
    },
    ...(row.body !== undefined && {
      requestBody: { required: true, content: { "application/json": { schema: row.body } } },
    }),
    responses: {
      [`${row.status ?? 200}`]: {
        description: "Done",
        content: { "application/json": { schema: row.response } },
      },
      default: {
        description: "What went wrong",
        content: { "application/problem+json": { schema: Problem } },
      },
    },
  };
}

function isObject(schema: z.ZodType | undefined): schema is z.ZodObject {
  return schema instanceof z.ZodObject;
}

function description({ callers, right }: Route): string {
  const who = `For: ${callers.join(", ")}.`;
  return right === null
    ? who
    : `${who} A user needs the right to ${right.verb} the resource: ${right.resource}.`;
}

function security(callers: readonly CallerType[]): Record<string, string[]>[] {
  if (callers.includes("anyone")) return [];
  return callers.includes("key") ? [{ proof: [] }] : [{ token: [], proof: [] }];
}
