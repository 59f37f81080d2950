// A bounded load client for Scripts/bench: calls with a different body each, which h2load cannot send.
//
//   load PORT create|get|save CONNECTIONS STREAMS COUNT FIRST BIG PER SEED [AUTHORIZATION]
//
// The value of the field `authorization` is sent once on a connection, into the table of HPACK, and as its place there after that.
// Track number i belongs to component "bench-big" when i < BIG, else to "bench-<(i - BIG) / PER>"; its id is "t-<n>" and its
// version "v1.<n>", where n counts within the component. `create` makes the tracks FIRST to FIRST + COUNT - 1 in order; `get` reads
// COUNT tracks drawn at random from the first FIRST; `save` saves the images FIRST to FIRST + COUNT - 1, each of a commit of its own,
// for the tracks of "bench-big" in turn. Loopback only; gives up after ten minutes.
// Prints "<ok> <failed> <seconds> <p50 us> <p99 us>"; a reply without a message is a failure.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SLOTS (1 << 14)  // calls of a connection that may overtake one
#define BUFFER (1 << 18)

typedef struct { uint32_t id; int message; int64_t began; } Slot;
typedef struct {
  int fd;
  uint32_t next;
  unsigned char in[BUFFER], out[BUFFER];
  size_t have, queued;
  Slot slots[SLOTS];
} Connection;

static long count, first, big, per, started, ok, failed;
static enum { CREATE, GET, SAVE } mode;
static const char *const methods[] = {"CreateDeploymentTrack", "GetDeploymentTrack", "SaveDeploymentTrackImage"};
static uint64_t seed;
static const char *authorization;
static uint32_t *latencies;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void die(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static unsigned char *frame(unsigned char *p, size_t n, int type, int flags, uint32_t stream) {
  const unsigned char head[9] = {n >> 16, n >> 8, n, type, flags, stream >> 24, stream >> 16, stream >> 8, stream};
  memcpy(p, head, 9);
  return p + 9;
}

static unsigned char *literal(unsigned char *p, const char *name, const char *value) {
  *p++ = 0;
  *p++ = strlen(name);
  p = (unsigned char *)memcpy(p, name, strlen(name)) + strlen(name);
  *p++ = strlen(value);
  return (unsigned char *)memcpy(p, value, strlen(value)) + strlen(value);
}

// With incremental indexing, and the length as an integer with a prefix of 7 bits.
static unsigned char *indexed(unsigned char *p, const char *name, const char *value) {
  size_t length = strlen(value), rest = length;
  *p++ = 0x40;
  *p++ = strlen(name);
  p = (unsigned char *)memcpy(p, name, strlen(name)) + strlen(name);
  if (rest < 127) {
    *p++ = rest;
  } else {
    *p++ = 127;
    for (rest -= 127; rest > 127; rest >>= 7) *p++ = rest | 128;
    *p++ = rest;
  }
  return (unsigned char *)memcpy(p, value, length) + length;
}

static unsigned char *text(unsigned char *p, int field, const char *value) {
  *p++ = field << 3 | 2;
  *p++ = strlen(value);
  return (unsigned char *)memcpy(p, value, strlen(value)) + strlen(value);
}

static unsigned char *number(unsigned char *p, int field, uint64_t value) {
  *p++ = field << 3;
  for (; value > 127; value >>= 7) *p++ = value | 128;
  *p++ = value;
  return p;
}

// What CI sends for image number i, after the component.
static unsigned char *image(unsigned char *p, long i) {
  char name[160], hash[65];
  snprintf(name, sizeof name, "t-%ld", i % big);
  p = text(p, 2, name);
  p = text(p, 3, "bench");
  p = text(p, 4, "bench");
  snprintf(hash, sizeof hash, "%064lx", (unsigned long)(i + 1) * 2654435761ul);
  unsigned char part[256], *q = text(part, 1, "app");
  snprintf(name, sizeof name, "registry.example/bench/big:%ld", i);
  q = text(q, 2, name);
  snprintf(name, sizeof name, "sha256:%s", hash);
  q = text(q, 3, name);
  *p++ = 5 << 3 | 2;
  *p++ = q - part;  // fewer than 128
  p = (unsigned char *)memcpy(p, part, q - part) + (q - part);
  p = text(p, 7, hash + 24);
  q = number(part, 1, 1700000000 + i);
  *p++ = 8 << 3 | 2;
  *p++ = q - part;
  p = (unsigned char *)memcpy(p, part, q - part) + (q - part);
  snprintf(name, sizeof name, "run-%ld", i);
  p = text(p, 10, name);
  const unsigned char ports[] = {0x8A, 1, 2, 0x90, 0x3F};  // image_ports: 8080
  return (unsigned char *)memcpy(p, ports, sizeof ports) + sizeof ports;
}

// The request's message. Field numbers are those of Protos/deploymenttrack/v1/deployment_track_service.proto.
static size_t body(unsigned char *start, long i) {
  char component[32] = "bench-big", id[32], version[32];
  long n = i;
  if (mode != SAVE && i >= big) {
    snprintf(component, sizeof component, "bench-%ld", (i - big) / per);
    n = (i - big) % per;
  }
  snprintf(id, sizeof id, "t-%ld", n);
  snprintf(version, sizeof version, "v1.%ld", n);
  unsigned char *p = text(start + 5, 1, component);
  if (mode == SAVE) {
    p = image(p, i);
  } else if (mode == CREATE) {
    p = text(p, 3, id);
    p = text(p, 4, version);
    p = text(p, 5, "release%2Fnext");
    p = text(p, 6, "Primary deployment track of the public API, built on every commit");
  } else {
    p = text(p, 2, id);
  }
  size_t size = p - start - 5;
  const unsigned char prefix[5] = {0, 0, 0, size >> 8, size};
  memcpy(start, prefix, 5);
  return size + 5;
}

static void request(Connection *c) {
  long i = started++;
  if (mode != GET) {
    i += first;
  } else {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    i = seed % first;
  }
  uint32_t stream = c->next;
  c->next += 2;
  Slot *s = &c->slots[(stream >> 1) % SLOTS];
  if (s->id) errno = 0, die("a call that so many overtook");
  *s = (Slot){stream, 0, now_ns()};
  unsigned char *head = c->out + c->queued, *p = head + 9;
  *p++ = 0x83, *p++ = 0x86;  // :method POST, :scheme http
  char path[96];
  snprintf(path, sizeof path, "/deploymenttrack.v1.DeploymentTrackService/%s", methods[mode]);
  p = literal(p, ":path", path);
  p = literal(p, ":authority", "localhost");
  p = literal(p, "content-type", "application/grpc");
  p = literal(p, "te", "trailers");
  if (authorization && stream == 1) {
    p = indexed(p, "authorization", authorization);
  } else if (authorization) {
    *p++ = 0x80 | 62;  // the newest field of the table
  }
  frame(head, p - head - 9, 1, 4, stream);
  size_t n = body(p + 9, i);
  frame(p, n, 0, 1, stream);
  c->queued = p + 9 + n - c->out;
}

static void flush_out(Connection *c) {
  while (c->queued) {
    ssize_t n = write(c->fd, c->out, c->queued);
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) die("write");
    memmove(c->out, c->out + n, c->queued - n);
    c->queued -= n;
  }
}

static void handle(Connection *c, int type, int flags, uint32_t stream, const unsigned char *payload) {
  if (type == 4 && !(flags & 1)) c->queued = frame(c->out + c->queued, 0, 4, 1, 0) - c->out;
  if (type == 6 && !(flags & 1)) {
    unsigned char *p = frame(c->out + c->queued, 8, 6, 1, 0);
    memcpy(p, payload, 8);
    c->queued = p + 8 - c->out;
  }
  if (type == 7) errno = 0, die("GOAWAY");
  Slot *s = &c->slots[(stream >> 1) % SLOTS];
  if (!stream || s->id != stream) return;
  if (type == 0) s->message = 1;
  if (type == 3 || ((type == 0 || type == 1) && flags & 1)) {
    int64_t us = (now_ns() - s->began) / 1000;
    latencies[ok + failed] = us > UINT32_MAX ? UINT32_MAX : us;
    if (s->message && type != 3) ok++; else failed++;
    s->id = 0;
    if (started < count) request(c);
  }
}

static void receive(Connection *c) {
  ssize_t n = read(c->fd, c->in + c->have, BUFFER - c->have);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) die("read");
  c->have += n;
  size_t at = 0;
  while (c->have - at >= 9) {
    const unsigned char *h = c->in + at;
    size_t size = h[0] << 16 | h[1] << 8 | h[2];
    if (c->have - at < 9 + size) break;
    handle(c, h[3], h[4], (h[5] & 0x7Fu) << 24 | h[6] << 16 | h[7] << 8 | h[8], h + 9);
    at += 9 + size;
  }
  memmove(c->in, c->in + at, c->have - at);
  c->have -= at;
}

static void open_connection(Connection *c, int port) {
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&a, sizeof a)) die("connect");
  int one = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  c->next = 1;
  memcpy(c->out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
  unsigned char *p = frame(c->out + 24, 6, 4, 0, 0);
  const unsigned char window[6] = {0, 4, 0x7F, 0xFF, 0xFF, 0xFF}, update[4] = {0x7F, 0xFF, 0, 0};
  memcpy(p, window, 6);
  p = frame(p + 6, 4, 8, 0, 0);
  memcpy(p, update, 4);
  c->queued = p + 4 - c->out;
}

static int by_value(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

int main(int n, char **v) {
  if (n == 11) authorization = v[--n];
  if (n != 10 || (authorization && strlen(authorization) > 3000)) return fprintf(stderr, "usage: see load.c\n"), 2;
  int connections = atoi(v[3]), streams = atoi(v[4]);
  mode = !strcmp(v[2], "create") ? CREATE : !strcmp(v[2], "save") ? SAVE : GET;
  count = atol(v[5]), first = atol(v[6]), big = atol(v[7]), per = atol(v[8]), seed = 88172645463325252ull + atol(v[9]);
  if (connections < 1 || connections > 1000 || streams < 1 || streams > 500 || count < 1 || count > 100000000) return 2;
  Connection *all = calloc(connections, sizeof *all);
  struct pollfd *polls = calloc(connections, sizeof *polls);
  latencies = calloc(count, sizeof *latencies);
  for (int i = 0; i < connections; i++) open_connection(&all[i], atoi(v[1]));
  int64_t began = now_ns();
  for (int i = 0; i < connections; i++)
    for (int s = 0; s < streams && started < count; s++) request(&all[i]);
  while (ok + failed < count) {
    for (int i = 0; i < connections; i++) {
      flush_out(&all[i]);
      polls[i] = (struct pollfd){all[i].fd, POLLIN | (all[i].queued ? POLLOUT : 0), 0};
    }
    if (poll(polls, connections, 1000) < 0) die("poll");
    for (int i = 0; i < connections; i++)
      if (polls[i].revents & (POLLIN | POLLHUP | POLLERR)) receive(&all[i]);
    if (now_ns() - began > 600 * 1000000000ll) errno = ETIMEDOUT, die("giving up");
  }
  double seconds = (now_ns() - began) / 1e9;
  qsort(latencies, count, sizeof *latencies, by_value);
  printf("%ld %ld %.6f %u %u\n", ok, failed, seconds, latencies[count / 2], latencies[count * 99 / 100]);
  return failed != 0;
}
