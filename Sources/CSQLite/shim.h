#pragma once
#include <sqlite3.h>

// What Swift cannot say: variadic functions, and the destructor constants, which are casts of
// small integers to function pointers.

// Binds `count` bytes of UTF-8; SQLite copies them, into the buffer of the last time if they fit.
static inline int csqlite_bind_text(
    sqlite3_stmt *statement, int index, const char *bytes, sqlite3_uint64 count) {
  // A null pointer would bind NULL instead of an empty text.
  return sqlite3_bind_text64(
      statement, index, bytes ? bytes : "", count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

// Binds `count` bytes, which SQLite copies.
static inline int csqlite_bind_blob(
    sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
  // A null pointer would bind NULL instead of an empty blob.
  return sqlite3_bind_blob64(statement, index, bytes ? bytes : "", count, SQLITE_TRANSIENT);
}

// Settings of the whole process, before the first connection: no statistics of memory, which cost a
// global mutex around every allocation; no mutex inside connections, which are confined; and the
// pages that a savepoint may have to restore stay in memory, in one piece, up to 1 MB, instead of
// going to a temporary file from 64 kB on. Where SQLite runs already (SQLITE_MISUSE), in a process
// that uses it for something else too, it stays as it is: slower.
static inline int csqlite_configure(void) {
  int code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  if (code == SQLITE_OK) code = sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
  if (code == SQLITE_OK) code = sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, 1 << 20);
  return code == SQLITE_OK || code == SQLITE_MISUSE ? sqlite3_initialize() : code;
}

// Switches one of the boolean settings of a connection.
static inline int csqlite_set(sqlite3 *connection, int setting, int on) {
  return sqlite3_db_config(connection, setting, on, (int *)0);
}
