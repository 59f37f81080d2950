// Runs the statements that record.c wrote down for the connection that wrote, against a copy of the same database, as a bare
// loop: BATCH creates per commit, every statement prepared once, nothing else.
//
//   replay RECORD DATABASE BATCH        prints "<creates> <seconds> <cpu seconds>"
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <time.h>

#define STATEMENTS 65536

typedef struct { uint32_t database, length; const char *sql; sqlite3_stmt *handle; } Statement;

static Statement statements[STATEMENTS];
static unsigned char *data;
static size_t size, at;
static sqlite3 *database;

static void fail(const char *what) {
  fprintf(stderr, "replay: %s: %s\n", what, database ? sqlite3_errmsg(database) : "");
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static double cpu(void) {
  struct rusage r;
  getrusage(RUSAGE_SELF, &r);
  return r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static uint32_t word(void) {
  uint32_t w;
  memcpy(&w, data + at, 4);
  at += 4;
  return w;
}

static int begins(const char *sql, const char *with) { return strncasecmp(sql, with, strlen(with)) == 0; }

static void run(const char *sql) {
  if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK) fail(sql);
}

// Goes over the record once. Looking for the writer it only counts; else it runs what the writer ran.
static long pass(int *writer, int replaying, int batch) {
  long creates = 0, pending = 0, grouped = 0;
  int open = 0, started = 0;
  at = 0;
  while (at + 5 <= size) {
    int kind = data[at++];
    if (kind == 'S') {
      uint32_t id = word();
      if (id >= STATEMENTS) fail("too many statements");
      Statement *s = &statements[id];
      s->database = word(), s->length = word(), s->sql = (const char *)data + at;
      at += s->length;
      continue;
    }
    if (kind == 'X') {
      uint32_t from = word(), length = word();
      char *sql = strndup((const char *)data + at, length);
      at += length;
      if (replaying && (int)from == *writer && !started && begins(sql, "PRAGMA")) run(sql);
      free(sql);
      continue;
    }
    if (kind != 'R') fail("a broken record");
    uint32_t id = word(), values = word();
    Statement *s = &statements[id];
    int mine = replaying && (int)s->database == *writer;
    int control = begins(s->sql, "BEGIN") || begins(s->sql, "COMMIT") || begins(s->sql, "END");
    if (!replaying && begins(s->sql, "INSERT")) *writer = s->database;
    if (mine && begins(s->sql, "BEGIN")) started = 1, grouped = 0;
    // A create that was alone in its transaction has no savepoint.
    if (mine && control && !begins(s->sql, "BEGIN") && open && grouped == 0) pending++;
    int execute = mine && !control && (started ? !begins(s->sql, "PRAGMA") : begins(s->sql, "PRAGMA"));
    if (execute && started && !open) run("BEGIN IMMEDIATE"), open = 1;
    if (execute && !s->handle && sqlite3_prepare_v2(database, s->sql, s->length, &s->handle, NULL) != SQLITE_OK) fail("prepare");
    for (uint32_t i = 1; i <= values; i++) {
      uint32_t type = word();
      if (type == SQLITE_INTEGER) {
        sqlite3_int64 v;
        memcpy(&v, data + at, 8), at += 8;
        if (execute) sqlite3_bind_int64(s->handle, i, v);
      } else if (type == SQLITE_FLOAT) {
        double v;
        memcpy(&v, data + at, 8), at += 8;
        if (execute) sqlite3_bind_double(s->handle, i, v);
      } else if (type == SQLITE_TEXT || type == SQLITE_BLOB) {
        uint32_t n = word();
        if (execute && type == SQLITE_TEXT) sqlite3_bind_text(s->handle, i, (char *)data + at, n, SQLITE_STATIC);
        if (execute && type == SQLITE_BLOB) sqlite3_bind_blob(s->handle, i, data + at, n, SQLITE_STATIC);
        at += n;
      } else if (execute) {
        sqlite3_bind_null(s->handle, i);
      }
    }
    if (execute) {
      int rc;
      while ((rc = sqlite3_step(s->handle)) == SQLITE_ROW) {}
      if (rc != SQLITE_DONE) fail(s->sql);
      sqlite3_reset(s->handle);
      if (started && begins(s->sql, "RELEASE")) pending++, grouped++;
    }
    if (open && pending == batch) run("COMMIT"), open = 0, creates += pending, pending = 0;
  }
  if (open) run("COMMIT"), creates += pending;
  return creates;
}

int main(int n, char **v) {
  if (n != 4) return fprintf(stderr, "usage: replay RECORD DATABASE BATCH\n"), 2;
  FILE *in = fopen(v[1], "rb");
  if (!in || fseek(in, 0, SEEK_END)) return perror(v[1]), 1;
  size = ftell(in), rewind(in);
  data = malloc(size + 1);
  if (fread(data, 1, size, in) != size) return perror(v[1]), 1;
  int writer = -1;
  pass(&writer, 0, 0);
  if (writer < 0) fail("nobody wrote");
  if (sqlite3_open(v[2], &database) != SQLITE_OK) fail("open");
  run("PRAGMA journal_mode=WAL");
  run("PRAGMA synchronous=FULL");
  double began = now(), used = cpu();
  long creates = pass(&writer, 1, atoi(v[3]));
  printf("%ld %.6f %.6f\n", creates, now() - began, cpu() - used);
  sqlite3_close(database);
  return creates == 0;
}
