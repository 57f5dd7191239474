/**
 * The SQLSTATEs that we send or look for, under their condition names.
 * Source: PostgreSQL manual, appendix A "PostgreSQL Error Codes".
 */
export const SQLSTATE = {
  sqlclient_unable_to_establish_sqlconnection: "08001",
  sqlserver_rejected_establishment_of_sqlconnection: "08004",
  connection_failure: "08006",
  protocol_violation: "08P01",
  feature_not_supported: "0A000",
  character_not_in_repertoire: "22021",
  invalid_parameter_value: "22023",
  invalid_authorization_specification: "28000",
  invalid_password: "28P01",
  invalid_catalog_name: "3D000",
  insufficient_privilege: "42501",
  syntax_error: "42601",
  too_many_connections: "53300",
  program_limit_exceeded: "54000",
  query_canceled: "57014",
  admin_shutdown: "57P01",
  cannot_connect_now: "57P03",
  idle_session_timeout: "57P05",
  internal_error: "XX000",
} as const;

export type SqlState = (typeof SQLSTATE)[keyof typeof SQLSTATE];
