/** What may be wrong with the database, or with our way into it. */
import { SQLSTATE } from "@postern/wire/sqlstate";
import { certificateProblem, networkProblem } from "./problem.ts";
import { decision, knownSqlstate, type Words } from "./words.ts";

export type DatabaseProblem =
  | { readonly type: "database_unreachable"; readonly address: string; readonly problem: string }
  | { readonly type: "database_no_tls"; readonly address: string }
  | { readonly type: "database_certificate"; readonly address: string; readonly problem: string }
  | { readonly type: "database_common_name"; readonly address: string }
  | {
      readonly type: "database_asked_password";
      readonly method: "SCRAM" | "MD5";
      readonly dbUser: string;
      readonly decisionId: string;
    }
  | { readonly type: "database_refused_token"; readonly dbUser: string; readonly decisionId: string }
  | { readonly type: "database_refused"; readonly sqlstate: string; readonly message: string }
  | { readonly type: "database_protocol"; readonly problem: string }
  | { readonly type: "database_closed" };

export function databaseWords(problem: DatabaseProblem): Words {
  switch (problem.type) {
    case "database_unreachable":
      return {
        code: SQLSTATE.sqlclient_unable_to_establish_sqlconnection,
        message: `the database at ${problem.address} can't be reached: ${networkProblem(problem.problem)}`,
        hint: "tell an administrator: does the database's security group admit the proxy, and is the address right?",
      };
    case "database_no_tls":
      return {
        code: SQLSTATE.connection_failure,
        message: `the database at ${problem.address} doesn't offer TLS, and nothing is sent without it`,
        hint: "tell an administrator: TLS has to be turned on there",
      };
    case "database_certificate":
      return {
        code: SQLSTATE.connection_failure,
        message: `the certificate of the database at ${problem.address} can't be trusted: ${certificateProblem(problem.problem)}`,
        hint: "tell an administrator: the certificate must be valid today, name that address and come from the CA in the database's `tls` settings, or from Amazon's where there is none",
      };
    case "database_common_name":
      return {
        code: SQLSTATE.connection_failure,
        message: `the certificate of the database at ${problem.address} has a Common Name and no subject alternative name`,
        hint: "tell an administrator: it dates from before July 2020, and rotating it (to rds-ca-rsa2048-g1 or later) mends that",
      };
    default:
      return loginWords(problem);
  }
}

type LoginProblem = Extract<
  DatabaseProblem,
  {
    type:
      | "database_asked_password"
      | "database_refused_token"
      | "database_refused"
      | "database_protocol"
      | "database_closed";
  }
>;

function loginWords(problem: LoginProblem): Words {
  switch (problem.type) {
    case "database_asked_password":
      return {
        code: SQLSTATE.invalid_password,
        message: `the database asked user "${problem.dbUser}" for a password by ${problem.method} instead of an IAM token${decision(problem.decisionId)}`,
        hint: `tell an administrator: is there a user "${problem.dbUser}" in it, and is rds_iam granted to that user? \`postern db configure print-sql\` prints the statements`,
      };
    case "database_refused_token":
      return {
        code: SQLSTATE.invalid_password,
        message: `the database refused the IAM token for user "${problem.dbUser}"${decision(problem.decisionId)}`,
        hint: `tell an administrator: is rds_iam granted to "${problem.dbUser}"? does the IAM policy name the cluster's resource id? \`postern db configure print-sql\` and \`print-iam\` print both`,
      };
    case "database_refused":
      return {
        code: knownSqlstate(problem.sqlstate),
        message: `the database refused the connection: ${problem.message}`,
        hint: "the database itself said so, and its log may say more",
      };
    case "database_protocol":
      return {
        code: SQLSTATE.connection_failure,
        message: `the database broke the protocol: ${problem.problem}`,
        hint: "tell an administrator: does a PostgreSQL server that asks for IAM tokens answer at the database's address?",
      };
    case "database_closed":
      return {
        code: SQLSTATE.connection_failure,
        message: "the database closed the connection",
        hint: "connect again; what a statement then running did is not known",
      };
  }
}
