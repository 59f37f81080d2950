#pragma once
#include <sqlite3.h>
#include <stdint.h>
#include <string.h>

// What Swift cannot say: variadic functions, the destructor constants, which are casts of small
// integers to function pointers, and the methods of virtual file systems, which are pointers too.

// Binds `count` bytes of UTF-8; SQLite copies them, into the buffer of the last time if they fit.
static inline int csqlite_bind_text(
    sqlite3_stmt *statement, int index, const char *bytes, sqlite3_uint64 count) {
  // A null pointer would bind NULL instead of an empty text.
  return sqlite3_bind_text64(
      statement, index, bytes ? bytes : "", count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

// Binds `count` bytes of UTF-8 that SQLite does not copy: they stay where they are, as they are, until the
// parameter is bound anew or the statement is gone.
static inline int csqlite_bind_text_in_place(
    sqlite3_stmt *statement, int index, const char *bytes, sqlite3_uint64 count) {
  return sqlite3_bind_text64(statement, index, bytes, count, SQLITE_STATIC, SQLITE_UTF8);
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

// The errno of the call that failed last on the database's file (0) or on its log (1); 0 for none, and
// where the file system does not tell. `sqlite3_system_errno` has it only until the next call.
static inline int csqlite_file_errno(sqlite3 *connection, int of_log) {
  sqlite3_file *file = 0;
  int operation = of_log ? SQLITE_FCNTL_JOURNAL_POINTER : SQLITE_FCNTL_FILE_POINTER;
  int number = 0;
  if (sqlite3_file_control(connection, "main", operation, &file) != SQLITE_OK) return 0;
  if (!file || !file->pMethods) return 0;
  if (file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &number) != SQLITE_OK) return 0;
  return number;
}

// Opens a file to read it as it is, without SQLite's locks; nil in `opened` where there is none.
static inline int csqlite_file_open(const char *vfs, const char *path, sqlite3_file **opened) {
  *opened = 0;
  sqlite3_vfs *system = sqlite3_vfs_find(vfs);
  if (!system) return SQLITE_NOTFOUND;
  int exists = 0;
  int code = system->xAccess(system, path, SQLITE_ACCESS_EXISTS, &exists);
  if (code != SQLITE_OK || !exists) return code;
  sqlite3_file *file = (sqlite3_file *)sqlite3_malloc(system->szOsFile);
  if (!file) return SQLITE_NOMEM;
  memset(file, 0, (size_t)system->szOsFile);
  // Of the kinds of files the one that SQLite neither locks nor ties to another file.
  int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_TRANSIENT_DB;
  code = system->xOpen(system, path, file, flags, 0);
  if (code == SQLITE_OK) {
    *opened = file;
  } else {
    if (file->pMethods) file->pMethods->xClose(file);
    sqlite3_free(file);
  }
  return code;
}

static inline void csqlite_file_close(sqlite3_file *file) {
  file->pMethods->xClose(file);
  sqlite3_free(file);
}

static inline int csqlite_file_size(sqlite3_file *file, sqlite3_int64 *size) {
  return file->pMethods->xFileSize(file, size);
}

static inline int csqlite_file_read(
    sqlite3_file *file, void *target, int count, sqlite3_int64 offset) {
  return file->pMethods->xRead(file, target, count, offset);
}

// Carries the two sums of a write-ahead log on over `count` bytes, a multiple of 8, whose words are
// in big-endian order or not ("Checksum Algorithm" in SQLite's description of its file format).
static inline void csqlite_log_sums(
    const void *bytes, long count, int big_endian, uint32_t *first, uint32_t *second) {
  const unsigned char *at = (const unsigned char *)bytes;
  uint32_t one = *first, two = *second;
  for (const unsigned char *end = at + count; at < end; at += 8) {
    uint32_t words[2];
    memcpy(words, at, sizeof words);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (big_endian) {
#else
    if (!big_endian) {
#endif
      words[0] = __builtin_bswap32(words[0]);
      words[1] = __builtin_bswap32(words[1]);
    }
    one += words[0] + two;
    two += words[1] + one;
  }
  *first = one;
  *second = two;
}
