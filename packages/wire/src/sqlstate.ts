/**
 * The SQLSTATEs that we send or look for, under their condition names.
 * Source: PostgreSQL manual, appendix A "PostgreSQL Error Codes".
 */
export const SQLSTATE = {
  successful_completion: "00000",
  connection_exception: "08000",
  sqlclient_unable_to_establish_sqlconnection: "08001",
  connection_does_not_exist: "08003",
  sqlserver_rejected_establishment_of_sqlconnection: "08004",
  connection_failure: "08006",
  protocol_violation: "08P01",
  feature_not_supported: "0A000",
  character_not_in_repertoire: "22021",
  invalid_parameter_value: "22023",
  active_sql_transaction: "25001",
  read_only_sql_transaction: "25006",
  in_failed_sql_transaction: "25P02",
  invalid_sql_statement_name: "26000",
  invalid_authorization_specification: "28000",
  invalid_password: "28P01",
  invalid_cursor_name: "34000",
  invalid_catalog_name: "3D000",
  insufficient_privilege: "42501",
  syntax_error: "42601",
  insufficient_resources: "53000",
  out_of_memory: "53200",
  too_many_connections: "53300",
  program_limit_exceeded: "54000",
  query_canceled: "57014",
  admin_shutdown: "57P01",
  crash_shutdown: "57P02",
  cannot_connect_now: "57P03",
  idle_session_timeout: "57P05",
  system_error: "58000",
  internal_error: "XX000",
} as const;

export type SqlState = (typeof SQLSTATE)[keyof typeof SQLSTATE];
