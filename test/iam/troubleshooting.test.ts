/** docs/troubleshooting.md quotes what people see: whoever changes the words finds here where else they stand. */
import { readFileSync } from "node:fs";
import { explainRefusedRole } from "@postern/core/iam/role-refusal";
import { type RefusalCause, reportOf } from "@postern/proxy/refusal/refusal";
import { expect, test } from "vitest";

const page = readFileSync(new URL("../../docs/troubleshooting.md", import.meta.url), "utf8").replaceAll(
  /\s+/g,
  " ",
);

const login = { dbUser: "alice", decisionId: "de_…" };
const unreachable = (problem: string): RefusalCause => ({
  type: "database_unreachable",
  address: "DB",
  problem,
});
const untrusted = (problem: string): RefusalCause => ({
  type: "database_certificate",
  address: "DB",
  problem,
});

test.each<RefusalCause>([
  { type: "database_common_name", address: "DB" },
  { type: "database_no_tls", address: "DB" },
  { type: "database_refused_token", ...login },
  { type: "database_asked_password", method: "SCRAM", ...login },
])("it has the words for $type", (cause) => {
  expect(page).toContain(`\`${reportOf(cause).message}\``);
});

test.each<RefusalCause>([
  unreachable("no answer in time"),
  ...["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ECONNRESET"].map(unreachable),
  ...[
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "CERT_HAS_EXPIRED",
    "CERT_NOT_YET_VALID",
    "ERR_TLS_CERT_ALTNAME_INVALID",
  ].map(untrusted),
])("it has the words for $type: $problem", (cause) => {
  const [said = "", ending = ""] = reportOf(cause).message.split(/(?<=(?:reached|trusted)): /);
  expect(page).toContain(`\`${said}: …\``);
  expect(page).toContain(`\`${ending}\``);
});

const user = "User: arn:aws:iam::111111111111:user/x is not authorized to perform: sts:AssumeRole";

test.each([
  `${user} because no role trust policy allows the sts:AssumeRole action`,
  `${user} because no identity-based policy allows the sts:AssumeRole action`,
  `${user} because no permissions boundary allows the sts:AssumeRole action`,
  `${user} with an explicit deny in a service control policy`,
  "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
  "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
])("it has what an admin reads of: %s", (message) => {
  const { summary } = explainRefusedRole({
    roleArn: "ROLE",
    externalId: null,
    code: "AccessDenied",
    message,
  });
  expect(page).toContain(`\`${summary.replace("sts:AssumeRole was refused: ", "")}\``);
});

test("it has what an admin reads where AWS names no policy", () => {
  const refused = { roleArn: "ROLE", externalId: null, code: "AccessDenied", message: user };
  const [beginning] = explainRefusedRole(refused)
    .summary.replace("sts:AssumeRole was refused: ", "")
    .split(";");
  expect(page).toContain(`\`${beginning}\``);
});
