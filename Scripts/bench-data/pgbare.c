// What a PostgreSQL does for a client that does nothing else, for Scripts/bench: sends recorded statements in libpq's pipeline mode.
//
//   pgbare CONNECTION RECORD
//
// RECORD has, each on a line: `P <n> <size>`, with so many bytes of text behind it, is statement number n, prepared before the clock
// starts; `E <n> <count>` runs it, with so many values behind it, each `<size>` and its bytes, or `-1` for NULL; `C <size>` is a
// command without values; `W` is a sync point, at which all results are awaited. A statement that fails ends the program.
// Prints "<statements> <seconds> <CPU seconds>", the CPU being this program's own.
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define VALUES 64

static PGconn *connection;
static char *at, *end;
static long awaited;

static void die(const char *what) {
  fprintf(stderr, "pgbare: %s: %s\n", what, connection ? PQerrorMessage(connection) : "");
  exit(1);
}

static double seconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static long number(void) { return strtol(at, &at, 10); }

// The bytes behind a line, and the NUL in place of the line's end that follows them.
static char *bytes(long size) {
  char *start = ++at;
  at += size;
  if (at >= end) die("the record ends early");
  *at++ = 0;
  return start;
}

// Writes what libpq holds, and reads meanwhile: else both sides could wait for the other one to read.
static void flush_all(void) {
  for (int left; (left = PQflush(connection));) {
    if (left < 0) die("flush");
    struct pollfd one = {PQsocket(connection), POLLIN | POLLOUT, 0};
    if (poll(&one, 1, 60000) < 1) die("poll");
    if (one.revents & POLLIN && !PQconsumeInput(connection)) die("read");
  }
}

static void check(PGresult *result) {
  ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) die(PQresultErrorMessage(result));
  PQclear(result);
}

static void await_all(void) {
  if (!PQpipelineSync(connection)) die("sync");
  flush_all();
  for (; awaited; awaited--) {
    PGresult *result = PQgetResult(connection);
    if (!result) die("no result");
    check(result);
    if (PQgetResult(connection)) die("more than one result");
  }
  PGresult *sync = PQgetResult(connection);
  if (PQresultStatus(sync) != PGRES_PIPELINE_SYNC) die("no sync point");
  PQclear(sync);
}

static void prepare(void) {
  char name[24];
  snprintf(name, sizeof name, "s%ld", number());
  long size = number();
  check(PQprepare(connection, name, bytes(size), 0, NULL));
}

static void execute(void) {
  char name[24];
  const char *values[VALUES];
  snprintf(name, sizeof name, "s%ld", number());
  long count = number();
  at++;
  if (count > VALUES) die("a statement of many values");
  for (long i = 0; i < count; i++) {
    long size = number();
    values[i] = size < 0 ? NULL : bytes(size);
    if (size < 0) at++;
  }
  if (!PQsendQueryPrepared(connection, name, count, values, NULL, NULL, 1)) die("send");
  awaited++;
}

static char *file(const char *path) {
  FILE *f = fopen(path, "rb");
  if (!f) die(path);
  fseek(f, 0, SEEK_END);
  long size = ftell(f);
  rewind(f);
  char *all = malloc(size + 1);
  if (fread(all, 1, size, f) != (size_t)size) die(path);
  all[size] = 0;
  end = all + size;
  fclose(f);
  return all;
}

int main(int n, char **v) {
  if (n != 3) return fprintf(stderr, "usage: see pgbare.c\n"), 2;
  at = file(v[2]);
  connection = PQconnectdb(v[1]);
  if (PQstatus(connection) != CONNECTION_OK) die("connect");
  for (; at < end && *at == 'P'; prepare()) at++;
  if (PQsetnonblocking(connection, 1) || !PQenterPipelineMode(connection)) die("pipeline mode");
  double began = seconds(CLOCK_MONOTONIC), used = seconds(CLOCK_PROCESS_CPUTIME_ID);
  long statements = 0;
  while (at < end) {
    char kind = *at++;
    if (kind == 'W') {
      at++;
      await_all();
      continue;
    }
    statements++;
    if (kind == 'E') {
      execute();
    } else if (kind == 'C') {
      long size = number();
      if (!PQsendQueryParams(connection, bytes(size), 0, NULL, NULL, NULL, NULL, 1)) die("send");
      awaited++;
    } else {
      die("not a record");
    }
  }
  printf("%ld %.6f %.6f\n", statements, seconds(CLOCK_MONOTONIC) - began, seconds(CLOCK_PROCESS_CPUTIME_ID) - used);
  PQfinish(connection);
  return 0;
}
