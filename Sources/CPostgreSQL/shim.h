#pragma once
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

// What Swift cannot say: fields named by characters, and lists of strings.

enum {
  CPOSTGRESQL_SEVERITY = PG_DIAG_SEVERITY_NONLOCALIZED,
  CPOSTGRESQL_STATE = PG_DIAG_SQLSTATE,
  CPOSTGRESQL_MESSAGE = PG_DIAG_MESSAGE_PRIMARY,
};

// Connects, as the connection string says; blocks, at most `connect_timeout` seconds for each address.
static inline PGconn *cpostgresql_connect(const char *string) {
  // The string replaces what stands before it, and what stands behind it replaces the string.
  static const char *const names[] = {
      "connect_timeout", "fallback_application_name", "keepalives_idle", "keepalives_interval",
      "keepalives_count", "tcp_user_timeout", "target_session_attrs", "dbname", "client_encoding", 0};
  const char *const values[] = {"10", "trackd", "5", "2", "3", "5000",
                                "read-write", string, "UTF8", 0};
  return PQconnectdbParams(names, values, 1);
}

// What the connection string says of an option, to be freed; nil for nothing. `is_valid` is 0 where
// libpq cannot read the string.
static inline char *cpostgresql_option(const char *string, const char *name, int *is_valid) {
  PQconninfoOption *options = PQconninfoParse(string, 0);
  char *value = 0;
  *is_valid = options != 0;
  for (PQconninfoOption *option = options; option && option->keyword; option++)
    if (option->val && strcmp(option->keyword, name) == 0) value = strdup(option->val);
  PQconninfoFree(options);
  return value;
}
