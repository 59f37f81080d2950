// Preloaded into trackd by Scripts/bench: writes every statement that SQLite runs, with its bound values, to the file that
// BENCH_RECORD names. replay.c runs them again without a server, to see what the statements cost by themselves.
//
// Records, numbers as 32-bit words of this machine: 'S' statement database length text; 'X' database length text (sqlite3_exec);
// 'R' statement values, then per value its type and content.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUES 64
#define STATEMENTS 4096

typedef struct { int type; sqlite3_int64 integer; double real; void *bytes; uint32_t size; } Value;
typedef struct { sqlite3_stmt *handle; uint32_t id, database, steps; int values, commits; Value value[VALUES]; } Statement;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *out;
static Statement *statements;
static uint32_t used, ids;
static sqlite3 *databases[256];

// SQLite calls its own functions by these names as well: only calls from outside are written down.
static __thread int inside;

#define REAL(name) ({ static __typeof__(&name) real; if (!real) real = dlsym(RTLD_NEXT, #name); real; })

static void word(uint32_t w) { fwrite(&w, 4, 1, out); }

static int ready(void) {
  if (!statements) {
    statements = calloc(STATEMENTS, sizeof *statements);
    const char *path = getenv("BENCH_RECORD");
    out = path ? fopen(path, "wb") : NULL;
    if (out) setvbuf(out, NULL, _IOFBF, 1 << 20);
  }
  return out != NULL;
}

static uint32_t database_id(sqlite3 *handle) {
  uint32_t i = 0;
  while (i < 255 && databases[i] && databases[i] != handle) i++;
  databases[i] = handle;
  return i;
}

static Statement *find(sqlite3_stmt *handle) {
  for (uint32_t i = 0; i < used; i++)
    if (statements[i].handle == handle) return &statements[i];
  return NULL;
}

static void prepared(sqlite3 *database, sqlite3_stmt *handle) {
  pthread_mutex_lock(&lock);
  if (ready() && handle) {
    Statement *s = find(NULL);
    if (!s && used < STATEMENTS) s = &statements[used++];
    if (s) {
      memset(s, 0, sizeof *s);
      s->handle = handle, s->id = ids++, s->database = database_id(database);
      const char *sql = sqlite3_sql(handle);
      s->commits = strncmp(sql, "COMMIT", 6) == 0;
      fputc('S', out), word(s->id), word(s->database), word(strlen(sql)), fwrite(sql, 1, strlen(sql), out);
    }
  }
  pthread_mutex_unlock(&lock);
}

int sqlite3_prepare_v2(sqlite3 *d, const char *q, int n, sqlite3_stmt **s, const char **t) {
  inside++;
  int rc = REAL(sqlite3_prepare_v2)(d, q, n, s, t);
  if (--inside == 0 && rc == SQLITE_OK) prepared(d, *s);
  return rc;
}

int sqlite3_prepare_v3(sqlite3 *d, const char *q, int n, unsigned f, sqlite3_stmt **s, const char **t) {
  inside++;
  int rc = REAL(sqlite3_prepare_v3)(d, q, n, f, s, t);
  if (--inside == 0 && rc == SQLITE_OK) prepared(d, *s);
  return rc;
}

// One value that is bound; bytes are copied.
static void bound(sqlite3_stmt *handle, int at, Value v, const void *bytes) {
  if (inside) return;
  pthread_mutex_lock(&lock);
  Statement *s = ready() ? find(handle) : NULL;
  if (s && at >= 1 && at <= VALUES) {
    free(s->value[at - 1].bytes);
    if (bytes) v.bytes = memcpy(malloc(v.size + 1), bytes, v.size);
    s->value[at - 1] = v;
    if (at > s->values) s->values = at;
  }
  pthread_mutex_unlock(&lock);
}

int sqlite3_bind_int64(sqlite3_stmt *s, int at, sqlite3_int64 v) {
  bound(s, at, (Value){.type = SQLITE_INTEGER, .integer = v}, NULL);
  return REAL(sqlite3_bind_int64)(s, at, v);
}
int sqlite3_bind_int(sqlite3_stmt *s, int at, int v) { return sqlite3_bind_int64(s, at, v); }
int sqlite3_bind_double(sqlite3_stmt *s, int at, double v) {
  bound(s, at, (Value){.type = SQLITE_FLOAT, .real = v}, NULL);
  return REAL(sqlite3_bind_double)(s, at, v);
}
int sqlite3_bind_null(sqlite3_stmt *s, int at) {
  bound(s, at, (Value){.type = SQLITE_NULL}, NULL);
  return REAL(sqlite3_bind_null)(s, at);
}
int sqlite3_bind_text(sqlite3_stmt *s, int at, const char *v, int n, void (*f)(void *)) {
  bound(s, at, (Value){.type = v ? SQLITE_TEXT : SQLITE_NULL, .size = v ? (n < 0 ? strlen(v) : (size_t)n) : 0}, v);
  return REAL(sqlite3_bind_text)(s, at, v, n, f);
}
int sqlite3_bind_text64(sqlite3_stmt *s, int at, const char *v, sqlite3_uint64 n, void (*f)(void *), unsigned char e) {
  bound(s, at, (Value){.type = v ? SQLITE_TEXT : SQLITE_NULL, .size = v ? n : 0}, v);
  return REAL(sqlite3_bind_text64)(s, at, v, n, f, e);
}
int sqlite3_bind_blob(sqlite3_stmt *s, int at, const void *v, int n, void (*f)(void *)) {
  bound(s, at, (Value){.type = v ? SQLITE_BLOB : SQLITE_NULL, .size = v ? n : 0}, v);
  return REAL(sqlite3_bind_blob)(s, at, v, n, f);
}
int sqlite3_bind_blob64(sqlite3_stmt *s, int at, const void *v, sqlite3_uint64 n, void (*f)(void *)) {
  bound(s, at, (Value){.type = v ? SQLITE_BLOB : SQLITE_NULL, .size = v ? n : 0}, v);
  return REAL(sqlite3_bind_blob64)(s, at, v, n, f);
}
int sqlite3_clear_bindings(sqlite3_stmt *s) {
  if (inside) return REAL(sqlite3_clear_bindings)(s);
  pthread_mutex_lock(&lock);
  Statement *known = ready() ? find(s) : NULL;
  for (int i = 0; known && i < known->values; i++) {
    free(known->value[i].bytes);
    known->value[i] = (Value){.type = SQLITE_NULL};
  }
  pthread_mutex_unlock(&lock);
  return REAL(sqlite3_clear_bindings)(s);
}

// The values are written with the first step, the number of steps when the run ends.
int sqlite3_step(sqlite3_stmt *handle) {
  if (inside) return REAL(sqlite3_step)(handle);
  inside++;
  int rc = REAL(sqlite3_step)(handle);
  inside--;
  pthread_mutex_lock(&lock);
  Statement *s = ready() ? find(handle) : NULL;
  if (s) {
    if (s->steps++ == 0) {
      fputc('R', out), word(s->id), word(s->values);
      for (int i = 0; i < s->values; i++) {
        Value *v = &s->value[i];
        word(v->type);
        if (v->type == SQLITE_INTEGER) fwrite(&v->integer, 8, 1, out);
        if (v->type == SQLITE_FLOAT) fwrite(&v->real, 8, 1, out);
        if (v->type == SQLITE_TEXT || v->type == SQLITE_BLOB) word(v->size), fwrite(v->bytes, 1, v->size, out);
      }
    }
    if (rc != SQLITE_ROW) s->steps = 0;
    if (s->commits) fflush(out);
  }
  pthread_mutex_unlock(&lock);
  return rc;
}

int sqlite3_reset(sqlite3_stmt *handle) {
  if (inside) return REAL(sqlite3_reset)(handle);
  pthread_mutex_lock(&lock);
  Statement *s = ready() ? find(handle) : NULL;
  if (s) s->steps = 0;
  pthread_mutex_unlock(&lock);
  return REAL(sqlite3_reset)(handle);
}

int sqlite3_finalize(sqlite3_stmt *handle) {
  if (inside) return REAL(sqlite3_finalize)(handle);
  pthread_mutex_lock(&lock);
  Statement *s = handle && ready() ? find(handle) : NULL;
  if (s) s->handle = NULL;
  pthread_mutex_unlock(&lock);
  return REAL(sqlite3_finalize)(handle);
}

int sqlite3_exec(sqlite3 *d, const char *q, int (*f)(void *, int, char **, char **), void *a, char **e) {
  if (inside) return REAL(sqlite3_exec)(d, q, f, a, e);
  pthread_mutex_lock(&lock);
  if (ready()) fputc('X', out), word(database_id(d)), word(strlen(q)), fwrite(q, 1, strlen(q), out);
  pthread_mutex_unlock(&lock);
  inside++;
  int rc = REAL(sqlite3_exec)(d, q, f, a, e);
  inside--;
  return rc;
}

__attribute__((destructor)) static void done(void) {
  if (out) fclose(out);
}
