import { readFile } from "node:fs/promises";
import path from "node:path";
import * as Keys from "@postern/control/keys";
import { parseServiceConfig } from "@postern/core/config/parse";
import { tableRequest, timeToLiveRequest } from "@postern/store/dynamodb/table";
import { beforeAll, describe, expect, test } from "vitest";
import { configuration } from "./rules/proxy.ts";
import { all, at, list, text } from "./rules/rule.ts";
import { roleStatements } from "./rules/statements.ts";
import { violations } from "./rules/violations.ts";
import type { Graph } from "./support/graph.ts";
import { ensurePlatform, root } from "./support/platform.ts";
import { renderSstEnv } from "./support/sst-env.ts";
import { dev, evaluate, evaluateAll, production, type Stage } from "./support/stages.ts";

const platform = await ensurePlatform();

describe.skipIf(platform.type === "unreachable")(
  "the infrastructure, evaluated with SST's components",
  () => {
    let graphs: Map<Stage, Graph>;
    const graphOf = (stage: Stage): Graph => {
      const graph = graphs.get(stage);
      if (graph === undefined) throw new Error(`stage ${stage.name} was not evaluated`);
      return graph;
    };

    beforeAll(async () => {
      graphs = await evaluateAll([dev, production], evaluate);
    }, 120_000);

    test.each([dev, production])("of stage $name breaks no rule", (stage) => {
      expect(violations(graphOf(stage), stage.expectations)).toEqual([]);
    });

    test("gives the proxy a configuration in the form that `postern start` reads", () => {
      const [task] = all(graphOf(production), "aws:ecs/taskDefinition:TaskDefinition");
      expect(parseServiceConfig(JSON.stringify(task && configuration(task)), "POSTERN_CONFIG")).toMatchObject(
        {
          version: "v1",
          postern: {
            proxy_server: "postern.example.com:443",
            data_dir: "/var/lib/postern",
            join: { method: "iam", token_name: "proxy" },
          },
          db_service: {
            listen_addr: "0.0.0.0:5432",
            public_addr: "db.postern.example.com:5432",
            databases: [{ name: "aurora", labels: { env: "prod" } }, { name: "billing" }],
          },
        },
      );
    });

    test("tells the functions the names of a stage without a domain, as AWS gave them", () => {
      expect(graphOf(dev).links["Settings"]).toMatchObject({
        clusterName: "postern-dev-us-east-1",
        publicUrl: "https://mock.execute-api.us-east-1.amazonaws.com",
        proxyNames: expect.stringMatching(/\.elb\.us-east-1\.amazonaws\.com$/),
      });
    });

    test("has the table that the store is tested with", () => {
      const [table] = all(graphOf(production), "aws:dynamodb/table:Table");
      const { AttributeDefinitions, KeySchema, BillingMode, StreamSpecification } = tableRequest("table");
      expect(table?.inputs).toMatchObject({
        attributes: AttributeDefinitions?.map(({ AttributeName, AttributeType }) => ({
          name: AttributeName,
          type: AttributeType,
        })),
        hashKey: KeySchema?.[0]?.AttributeName,
        rangeKey: KeySchema?.[1]?.AttributeName,
        billingMode: BillingMode,
        streamEnabled: StreamSpecification?.StreamEnabled,
        streamViewType: StreamSpecification?.StreamViewType,
        ttl: { attributeName: timeToLiveRequest("table").TimeToLiveSpecification?.AttributeName },
      });
    });

    test("speaks of no partition that the table doesn't have", () => {
      const known = tablePartitions().flatMap((pk) => [pk, pk.replace(/#.*/, "#*")]);
      const named = all(graphOf(production), "aws:iam/role:Role")
        .flatMap(roleStatements)
        .flatMap(({ condition }) => [
          ...list(at(condition, "ForAllValues:StringLike", "dynamodb:LeadingKeys")),
          ...list(at(condition, "ForAnyValue:StringLike", "dynamodb:LeadingKeys")),
        ])
        .map(text);
      expect([...new Set(named)].filter((pattern) => !known.includes(pattern))).toEqual([]);
    });

    test("is what sst-env.d.ts says", async () => {
      const rendered = renderSstEnv(graphOf(production).links);
      expect(rendered).toBe(renderSstEnv(graphOf(dev).links));
      await expect(readFile(path.join(root, "sst-env.d.ts"), "utf8")).resolves.toBe(rendered);
    });
  },
);

/** One partition key of each kind that permissions.ts speaks of. */
function tablePartitions(): string[] {
  return [
    Keys.authorityKey("user-ca").pk,
    Keys.instanceKey(0).pk,
    Keys.tokenKey("a").pk,
    Keys.challengeKey("a").pk,
    ...(["role", "user", "db", "token", "lock"] as const).map(Keys.resourcePartition),
    Keys.proofKey("a", "b").pk,
    Keys.passwordKey("a").pk,
    Keys.inviteKey("a").pk,
    Keys.loginSessionKey("a").pk,
    Keys.grantKey("a").pk,
    Keys.hostKey("a").pk,
    Keys.heartbeatKey("a").pk,
    Keys.sessionPartition("a"),
    Keys.openSessionPartition(1),
    Keys.recordingPartition("2026-01-01"),
    Keys.auditPartition("2026-01-01T00", 1),
    Keys.arrivalPartition(1, 1),
  ];
}
