/**
 * The pages' lines for the AWS CLI, run by the real one, which checks them against its models of the services. What
 * arrives is held against what the page means to ask, and what the page picks out of the answer against the answer.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clients, isInstalled, python } from "../clients/support/installed.ts";
import { root, runCommand, runPostern } from "../support/local.ts";
import { type Asked, type Recorder, startRecorder } from "./support/recorder.ts";

const role = "arn:aws:iam::111111111111:role/AUTHORIZE-ROLE";
const loginRole = "arn:aws:iam::222222222222:role/postern-login";
const trust = `{"Version":"2012-10-17","Statement":[]}`;
const cluster = `<DBCluster><DBClusterIdentifier>aurora</DBClusterIdentifier>
  <Endpoint>aurora.cluster-abc.us-west-1.rds.amazonaws.com</Endpoint><Port>5432</Port><Status>available</Status>
  <DbClusterResourceId>cluster-ABC</DbClusterResourceId>
  <IAMDatabaseAuthenticationEnabled>true</IAMDatabaseAuthenticationEnabled></DBCluster>`;
const aRole = `<Role><RoleName>postern-login</RoleName><Arn>${loginRole}</Arn>
  <PermissionsBoundary><PermissionsBoundaryArn>arn:aws:iam::111111111111:policy/bound</PermissionsBoundaryArn></PermissionsBoundary>
  <AssumeRolePolicyDocument>${encodeURIComponent(trust)}</AssumeRolePolicyDocument></Role>`;

const answers = {
  "rds.ModifyDBCluster": cluster,
  "rds.DescribeDBClusters": `<DBClusters>${cluster}</DBClusters>`,
  "rds.ModifyDBInstance": "<DBInstance/>",
  "iam.CreateRole": aRole,
  "iam.GetRole": aRole,
  "iam.PutRolePolicy": "",
  "iam.SimulatePrincipalPolicy": `<IsTruncated>false</IsTruncated><EvaluationResults><member>
    <EvalActionName>asked</EvalActionName><EvalDecision>allowed</EvalDecision></member></EvaluationResults>`,
  "ec2.AuthorizeSecurityGroupIngress": "<return>true</return>",
  "ec2.DescribeSecurityGroups": `<securityGroupInfo><item><ipPermissions><item><fromPort>5432</fromPort></item>
    </ipPermissions></item></securityGroupInfo>`,
  "ec2.ModifyInstanceMetadataOptions": "<instanceId>i-INSTANCE</instanceId>",
  "ecs.ListTaskDefinitions": `{"taskDefinitionArns":["arn:of-a-task-definition"]}`,
  "ecs.DescribeTaskDefinition": `{"taskDefinition":{"taskRoleArn":"arn:of-the-task's-role"}}`,
  "logs.FilterLogEvents": `{"events":[{"timestamp":1767225600000,"ingestionTime":1767225600000,"logStreamName":"s","message":"a line of the log"}]}`,
  "lambda.GET /2015-03-31/functions/postern-STAGE-authorize/configuration": `{"Role":"${role}"}`,
  "sts.GetCallerIdentity": `<Arn>${role}</Arn><UserId>AROA</UserId><Account>111111111111</Account>`,
};

interface Expected {
  /** The service, the action, and what goes with it. */
  readonly asks: readonly [service: string, action: string, parameters?: object];
  /** Of what is printed. */
  readonly prints?: string;
}

const document = (pattern: RegExp): unknown => expect.stringMatching(pattern);
const rotates = (instance: string): Expected => ({
  asks: [
    "rds",
    "ModifyDBInstance",
    {
      DBInstanceIdentifier: instance,
      CACertificateIdentifier: "rds-ca-rsa2048-g1",
      ApplyImmediately: "true",
    },
  ],
});
const authorizeRole: Expected = {
  asks: ["lambda", "GET /2015-03-31/functions/postern-STAGE-authorize/configuration"],
  prints: role,
};

/** By page, in the order in which they stand there. */
const pages: Readonly<Record<string, readonly Expected[]>> = {
  "aurora.md": [
    {
      asks: [
        "rds",
        "ModifyDBCluster",
        {
          DBClusterIdentifier: "aurora",
          EnableIAMDatabaseAuthentication: "true",
          ApplyImmediately: "true",
        },
      ],
    },
    {
      asks: ["rds", "DescribeDBClusters", { DBClusterIdentifier: "aurora" }],
      prints: "aurora.cluster-abc.us-west-1.rds.amazonaws.com\tcluster-ABC\tTrue",
    },
    authorizeRole,
    {
      asks: [
        "iam",
        "CreateRole",
        {
          RoleName: "postern-login",
          AssumeRolePolicyDocument: document(/"sts:SetSourceIdentity"[^]*"sts:ExternalId": "postern-prod"/),
        },
      ],
    },
    {
      asks: [
        "iam",
        "PutRolePolicy",
        {
          RoleName: "postern-login",
          PolicyName: "postern-login",
          PolicyDocument: document(/"rds-db:connect"[^]*222222222222:dbuser:cluster-ABC/),
        },
      ],
    },
    rotates("aurora-1"),
    {
      asks: [
        "ec2",
        "AuthorizeSecurityGroupIngress",
        {
          GroupId: "sg-DATABASE",
          "IpPermissions.1.IpProtocol": "tcp",
          "IpPermissions.1.FromPort": "5432",
          "IpPermissions.1.ToPort": "5432",
          "IpPermissions.1.Groups.1.GroupId": "sg-PROXY",
        },
      ],
    },
  ],
  "join-by-iam.md": [
    {
      asks: ["ecs", "ListTaskDefinitions", { status: "ACTIVE" }],
      prints: "arn:of-a-task-definition",
    },
    {
      asks: ["ecs", "DescribeTaskDefinition", { taskDefinition: "TASK-DEFINITION" }],
      prints: "arn:of-the-task's-role",
    },
  ],
  "troubleshooting.md": [
    {
      asks: [
        "logs",
        "FilterLogEvents",
        {
          logGroupName: "/aws/lambda/postern-STAGE-authorize",
          startTime: expect.any(Number),
          interleaved: true,
        },
      ],
      prints: "a line of the log",
    },
    rotates("INSTANCE"),
    { asks: ["rds", "DescribeDBClusters", {}], prints: `5432,\n        "available"` },
    {
      asks: ["ec2", "DescribeSecurityGroups", { "GroupId.1": "sg-DATABASE" }],
      prints: `"FromPort": 5432`,
    },
    { asks: ["rds", "DescribeDBClusters", {}], prints: `"aurora",\n        true` },
    {
      asks: [
        "iam",
        "SimulatePrincipalPolicy",
        {
          PolicySourceArn: role,
          "ActionNames.member.1": "rds-db:connect",
          "ResourceArns.member.1": "arn:aws:rds-db:us-west-1:111111111111:dbuser:cluster-ABC/alice",
        },
      ],
      prints: "allowed",
    },
    {
      asks: [
        "rds",
        "ModifyDBCluster",
        {
          DBClusterIdentifier: "aurora",
          "CloudwatchLogsExportConfiguration.EnableLogTypes.member.1": "iam-db-auth-error",
        },
      ],
    },
    {
      asks: [
        "ec2",
        "ModifyInstanceMetadataOptions",
        { InstanceId: "i-INSTANCE", HttpTokens: "required", HttpPutResponseHopLimit: "2" },
      ],
    },
    { asks: ["sts", "GetCallerIdentity", {}], prints: role },
    { asks: ["iam", "GetRole", { RoleName: "AUTHORIZE-ROLE" }], prints: "policy/bound" },
    { asks: ["iam", "GetRole", { RoleName: "postern-login" }], prints: `"Version": "2012-10-17"` },
    {
      asks: [
        "iam",
        "SimulatePrincipalPolicy",
        {
          PolicySourceArn: role,
          "ActionNames.member.1": "sts:AssumeRole",
          "ActionNames.member.2": "sts:SetSourceIdentity",
          "ResourceArns.member.1": loginRole,
        },
      ],
      prints: "allowed",
    },
  ],
  // Not a page: what `postern db configure print-iam` tells beside the policy.
  "print-iam": [
    {
      asks: ["rds", "DescribeDBClusters", {}],
      prints: "aurora\tcluster-ABC",
    },
    authorizeRole,
  ],
};

/** A block's lines, joined where they are broken, and what stands between backticks in a sentence. */
function commandsOf(text: string): string[] {
  const joined = text.replaceAll(/ \\\n +/g, " ");
  return [...joined.matchAll(/^ {4,}(aws .*)$|`(aws [^`]+)`|: (aws .*)$/gm)].map((found) =>
    found.slice(1).join(""),
  );
}

/** As a shell splits it. */
async function wordsOf(line: string): Promise<string[]> {
  const { code, stdout, stderr } = await runCommand("bash", [
    "-c",
    `aws() { printf '%s\\0' "$@"; }; ${line}`,
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout.split("\0").slice(0, -1);
}

const read = (page: string): string => readFileSync(join(root, "docs", page), "utf8");

test("no other page has lines for the AWS CLI", () => {
  const found = readdirSync(join(root, "docs")).filter((page) => commandsOf(read(page)).length > 0);
  expect(found.sort()).toEqual(Object.keys(pages).filter((page) => page.endsWith(".md")));
});

describe.runIf(isInstalled(clients.aws))("the AWS CLI takes what is written in", () => {
  let folder: string;
  let recorder: Recorder;
  let byPage: Readonly<Record<string, readonly { line: string; finished: Finished; asked: Asked[] }[]>>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "postern docs-"));
    recorder = await startRecorder(answers);
    const texts = Object.keys(pages)
      .filter((page) => page.endsWith(".md"))
      .map((page) => [page, read(page)]);
    const typed = [...texts, ["print-iam", await printPolicies()]].flatMap(([page = "", text = ""]) =>
      commandsOf(text).map((line) => ({ page, line })),
    );
    const lines = await Promise.all(typed.map(({ line }) => wordsOf(line)));
    const finished = await runAws(lines);
    const done = typed.map(({ page, line }, place) => ({
      page,
      line,
      finished: finished[place] ?? { code: 1, stdout: "", stderr: "not run" },
      asked: recorder.asked.filter(({ key }) => key === `AKIA${place}`),
    }));
    byPage = Object.groupBy(done, ({ page }) => page) as typeof byPage;
  });
  afterAll(async () => {
    await recorder?.stop();
    rmSync(folder, { recursive: true });
  });

  /** `policy.json` and `trust.json` as docs/aurora.md has them made. @returns what is told beside them */
  async function printPolicies(): Promise<string> {
    const [line = ""] =
      /postern db configure print-iam[^>]*--assume-role-arn[^>]*/.exec(read("aurora.md")) ?? [];
    const words = line.replaceAll("\\\n", " ").trim().split(/\s+/).slice(1);
    const { code, stdout, stderr } = await runPostern(words);
    expect(code).toBe(0);
    writeFileSync(join(folder, "policy.json"), stdout);
    const [, trustPolicy = ""] = /whose trust policy is:\n(\{[^]*?\n\})/.exec(stderr) ?? [];
    writeFileSync(join(folder, "trust.json"), trustPolicy);
    const instance = ["--region=us-west-1", "--account-id=111111111111", "--resource-id=db-ABC"];
    return (await runPostern(["db", "configure", "print-iam", ...instance])).stderr;
  }

  async function runAws(lines: readonly (readonly string[])[]): Promise<readonly Finished[]> {
    const program = fileURLToPath(new URL("support/aws.py", import.meta.url));
    const run = await runCommand(python, [program], {
      input: JSON.stringify({ endpoint: recorder.url, lines }),
      cwd: folder,
      env: {
        PATH: process.env["PATH"],
        HOME: folder,
        AWS_SECRET_ACCESS_KEY: "secret",
        AWS_REGION: "us-west-1",
        AWS_PAGER: "",
        AWS_MAX_ATTEMPTS: "1",
        LC_ALL: "C.UTF-8",
      },
    });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    return JSON.parse(run.stdout) as Finished[];
  }

  test.each(Object.entries(pages))("%s", (page, expected) => {
    const done = byPage[page] ?? [];
    const seen = done.map(({ line, finished: { code, stderr }, asked }) => {
      const asks = asked.map(({ service, action, parameters }) => [service, action, parameters]);
      return { line, code, stderr, asks };
    });
    const wanted = expected.map(({ asks: [service, action, parameters = {}] }) => {
      return { line: expect.any(String), code: 0, stderr: "", asks: [[service, action, parameters]] };
    });
    expect(seen).toEqual(wanted);
    expect(done.map(({ finished }) => finished.stdout)).toEqual(
      expected.map(({ prints = "" }) => expect.stringContaining(prints)),
    );
  });
});

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
