import type { Route } from "@postern/core/api/route";
import { routes } from "@postern/core/api/routes";
import { expect, test } from "vitest";
import { z } from "zod";
import { openapiDocument } from "./openapi.ts";

const config = { clusterName: "test", version: "1.2.3", origins: ["https://postern.example.com"] } as const;

/** The parts of OpenAPI 3.1 that a generator of clients reads. */
const Media = z.object({ schema: z.looseObject({}) });
const Operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  tags: z.array(z.string()),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z
    .array(
      z.object({
        in: z.enum(["path", "query"]),
        name: z.string(),
        required: z.boolean().optional(),
        schema: z.looseObject({}),
      }),
    )
    .optional(),
  requestBody: z
    .object({ required: z.literal(true), content: z.object({ "application/json": Media }) })
    .optional(),
  responses: z.record(
    z.string(),
    z.object({ description: z.string(), content: z.record(z.string(), Media) }),
  ),
});
const OpenApi = z.object({
  openapi: z.literal("3.1.0"),
  info: z.object({ title: z.string(), version: z.string() }),
  servers: z.array(z.object({ url: z.url() })),
  paths: z.record(
    z.string().startsWith("/"),
    z.partialRecord(z.enum(["get", "post", "put", "delete"]), Operation),
  ),
  components: z.object({
    schemas: z.record(z.string(), z.looseObject({})),
    securitySchemes: z.record(z.string(), z.looseObject({})),
  }),
});

const document = JSON.parse(JSON.stringify(openapiDocument(config)));

test("every row of the table is in the document, with its parameters, body and answers", () => {
  const { paths } = OpenApi.parse(document);
  for (const [name, row] of Object.entries(routes) as [string, Route][]) {
    const operation = Object.entries(paths[row.path] ?? {}).find(
      ([method]) => method === row.method.toLowerCase(),
    )?.[1];
    expect(operation?.operationId).toBe(name);
    expect(Object.keys(operation?.responses ?? {})).toEqual([`${row.status ?? 200}`, "default"]);
    expect(operation?.requestBody !== undefined).toBe(row.body !== undefined);
    const named = [...row.path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
    const inPath = operation?.parameters?.filter(
      (parameter) => parameter.in === "path" && parameter.required,
    );
    expect(inPath?.map((parameter) => parameter.name) ?? []).toEqual(named);
    expect(operation?.security.length === 0).toBe(row.callers.includes("anyone"));
  }
  const operations = Object.values(paths).flatMap((methods) => Object.keys(methods));
  expect(operations).toHaveLength(Object.keys(routes).length);
});

test("every reference leads somewhere", () => {
  const { components } = OpenApi.parse(document);
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
    ([, reference = ""]) => reference,
  );
  expect(references.length).toBeGreaterThan(0);
  for (const reference of references) {
    const [, name] = /^#\/components\/schemas\/([^/]+)$/.exec(reference) ?? [];
    expect(Object.keys(components.schemas)).toContain(name);
  }
});
