// One bidirectional stream of gRPC messages for Scripts/bench: so many messages on the way at a time, each in a DATA frame of its
// own, and one more for each that comes back.
//
//   chat PORT PATH COUNT IN_FLIGHT BYTES
//
// BYTES is the size of grpc.testing.StreamingOutputCallRequest with a payload, at least 4. Loopback only; gives up after a minute.
// Prints "<messages answered> <seconds>".
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static unsigned char in[1 << 18], out[1 << 20];
static size_t have, queued;

static void die(const char *what) {
  fprintf(stderr, "chat: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static unsigned char *frame(size_t size, int type, int flags, uint32_t stream) {
  const unsigned char head[9] = {size >> 16, size >> 8, size, type, flags, stream >> 24, stream >> 16, stream >> 8, stream};
  if (queued + 9 + size > sizeof out) errno = ENOBUFS, die("output");
  memcpy(out + queued, head, 9);
  unsigned char *payload = out + queued + 9;
  queued += 9 + size;
  return payload;
}

static void window_update(uint32_t stream, uint32_t count) {
  unsigned char *p = frame(4, 8, 0, stream);
  p[0] = count >> 24, p[1] = count >> 16, p[2] = count >> 8, p[3] = count;
}

static size_t literal(unsigned char *p, const char *name, const char *value) {
  size_t n = strlen(name), v = strlen(value);
  p[0] = 0, p[1] = n, p[2 + n] = v;
  memcpy(p + 2, name, n);
  memcpy(p + 3 + n, value, v);
  return 3 + n + v;
}

// Field 3, payload, with field 2, body.
static void message(size_t size) {
  unsigned char *p = frame(5 + size, 0, 0, 1);
  memset(p, 0, 5 + size);
  p[3] = size >> 8, p[4] = size;
  p[5] = 3 << 3 | 2, p[6] = size - 2, p[7] = 2 << 3 | 2, p[8] = size - 4;
}

int main(int n, char **v) {
  if (n != 6) return fprintf(stderr, "usage: see chat.c\n"), 2;
  long count = atol(v[3]), sent = 0, answered = 0;
  size_t in_flight = atol(v[4]), size = atol(v[5]), body = 0, skip = 0, credit = 0;
  if (count < 1 || in_flight < 1 || in_flight > 1000 || size < 4 || size > 127) return 2;
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(v[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a)) die("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  memcpy(out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", queued = 24);
  const unsigned char window[6] = {0, 4, 0x3F, 0xFF, 0xFF, 0xFF};
  memcpy(frame(6, 4, 0, 0), window, 6);
  window_update(0, 0x3FFF0000);
  unsigned char head[512];
  size_t h = 0;
  head[h++] = 0x83, head[h++] = 0x86;
  h += literal(head + h, ":path", v[2]);
  h += literal(head + h, ":authority", "localhost");
  h += literal(head + h, "content-type", "application/grpc");
  h += literal(head + h, "te", "trailers");
  memcpy(frame(h, 1, 4, 1), head, h);
  for (; sent < count && sent < (long)in_flight; sent++) message(size);
  double began = now();
  unsigned char prefix[5];
  size_t prefixed = 0;
  while (answered < count) {
    for (size_t at = 0; at < queued;) {
      ssize_t w = write(fd, out + at, queued - at);
      if (w < 0) die("write");
      at += w;
    }
    queued = 0;
    struct pollfd p = {fd, POLLIN, 0};
    if (poll(&p, 1, 10000) != 1 || now() - began > 60) errno = ETIMEDOUT, die("giving up");
    ssize_t r = read(fd, in + have, sizeof in - have);
    if (r <= 0) die("read");
    have += r;
    size_t at = 0;
    while (have - at >= 9) {
      const unsigned char *f = in + at, *d = f + 9;
      size_t length = f[0] << 16 | f[1] << 8 | f[2];
      if (have - at < 9 + length) break;
      at += 9 + length;
      if (f[3] == 3 || f[3] == 7 || (f[3] == 1 && f[4] & 1)) errno = 0, die("the stream has ended");
      if (f[3] == 4 && !(f[4] & 1)) frame(0, 4, 1, 0);
      if (f[3] == 6 && !(f[4] & 1)) memcpy(frame(8, 6, 1, 0), d, 8);
      if (f[3] != 0) continue;
      credit += length;
      for (size_t i = 0; i < length;) {
        if (skip) {
          size_t k = skip < length - i ? skip : length - i;
          skip -= k, i += k;
        } else {
          prefix[prefixed++] = d[i++];
          if (prefixed < 5) continue;
          prefixed = 0;
          skip = body = prefix[1] << 24 | prefix[2] << 16 | prefix[3] << 8 | prefix[4];
        }
        if (skip || prefixed) continue;
        answered++;
        if (sent < count) message(size), sent++;
      }
    }
    memmove(in, in + at, have - at);
    have -= at;
    if (credit > 1 << 20) window_update(0, credit), window_update(1, credit), credit = 0;
  }
  printf("%ld %.6f\n", answered, now() - began);
  return 0;
}
