/** What may be wrong with the database, or with our way into it. */
import { SQLSTATE } from "@postern/wire/sqlstate";
import { decision, knownSqlstate, type Words } from "./words.ts";

export type DatabaseProblem =
  | { readonly type: "database_unreachable"; readonly address: string; readonly problem: string }
  | { readonly type: "database_no_tls"; readonly address: string }
  | { readonly type: "database_certificate"; readonly address: string; readonly problem: string }
  | { readonly type: "database_common_name"; readonly address: string }
  | { readonly type: "database_refused_token"; readonly dbUser: string; readonly decisionId: string }
  | { readonly type: "database_refused"; readonly sqlstate: string; readonly message: string }
  | { readonly type: "database_protocol"; readonly problem: string }
  | { readonly type: "database_closed" };

export function databaseWords(problem: DatabaseProblem): Words {
  switch (problem.type) {
    case "database_unreachable":
      return {
        code: SQLSTATE.sqlclient_unable_to_establish_sqlconnection,
        message: `the database at ${problem.address} can't be reached: ${problem.problem}`,
        hint: "does its security group admit the proxy, and is the address right?",
      };
    case "database_no_tls":
      return {
        code: SQLSTATE.connection_failure,
        message: `the database at ${problem.address} doesn't offer TLS, and nothing is sent without it`,
        hint: "an administrator should turn TLS on there",
      };
    case "database_certificate":
      return {
        code: SQLSTATE.connection_failure,
        message: `the certificate of the database at ${problem.address} can't be trusted: ${problem.problem}`,
        hint: "an administrator should check the database's `tls` settings: its certificate must name the address and come from the CA given there",
      };
    case "database_common_name":
      return {
        code: SQLSTATE.connection_failure,
        message: `the certificate of the database at ${problem.address} has a Common Name and no subject alternative name`,
        hint: "it dates from before July 2020: an administrator should rotate the database's certificate (rds-ca-rsa2048-g1 or later)",
      };
    default:
      return loginWords(problem);
  }
}

type LoginProblem = Extract<
  DatabaseProblem,
  { type: "database_refused_token" | "database_refused" | "database_protocol" | "database_closed" }
>;

function loginWords(problem: LoginProblem): Words {
  switch (problem.type) {
    case "database_refused_token":
      return {
        code: SQLSTATE.invalid_password,
        message: `the database refused the IAM token for user "${problem.dbUser}"${decision(problem.decisionId)}`,
        hint: `is rds_iam granted to "${problem.dbUser}"? does the IAM policy name the cluster's resource id?`,
      };
    case "database_refused":
      return {
        code: knownSqlstate(problem.sqlstate),
        message: `the database refused the connection: ${problem.message}`,
        hint: "the database itself said so; an administrator finds more in its log",
      };
    case "database_protocol":
      return {
        code: SQLSTATE.connection_failure,
        message: `the database broke the protocol: ${problem.problem}`,
        hint: "an administrator should check that a PostgreSQL server answers at its address",
      };
    case "database_closed":
      return {
        code: SQLSTATE.connection_failure,
        message: "the database closed the connection",
        hint: "connect again; what a statement then running did is not known",
      };
  }
}
