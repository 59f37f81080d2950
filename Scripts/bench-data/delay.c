// A proxy between two Unix sockets that hands on everything so much later, in both directions, for Scripts/bench.
//
//   delay LISTENING TARGET MICROSECONDS
//
// What was read waits for its time, however much it is: a delay, not a slower line.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define ENDS 512
#define CHUNK 65536

typedef struct Chunk {
  struct Chunk *next;
  int64_t due;
  size_t size, sent;
  char bytes[];
} Chunk;

// One side of a connection, with what is to be written to it; ends 2i and 2i + 1 belong together.
typedef struct {
  int fd;  // -1: free
  int has_ended;
  Chunk *first, *last;
} End;

static End ends[ENDS];
static int64_t delay;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void die(const char *what) {
  fprintf(stderr, "delay: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int unix_socket(const char *path, int (*use)(int, const struct sockaddr *, socklen_t)) {
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof a.sun_path) errno = ENAMETOOLONG, die(path);
  strcpy(a.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || use(fd, (struct sockaddr *)&a, sizeof a)) die(path);
  return fd;
}

static void close_pair(int i) {
  for (End *e = &ends[i & ~1], *behind = e + 2; e < behind; e++) {
    close(e->fd);
    for (Chunk *c = e->first, *next; c; c = next) next = c->next, free(c);
    *e = (End){-1, 0, NULL, NULL};
  }
}

static void append(End *e, const char *bytes, size_t size) {
  Chunk *c = malloc(sizeof *c + size);
  if (!c) die("malloc");
  *c = (Chunk){NULL, now_ns() + delay, size, 0};
  memcpy(c->bytes, bytes, size);
  if (e->first) e->last->next = c; else e->first = c;
  e->last = c;
}

static void receive(int i) {
  static char bytes[CHUNK];
  ssize_t n = read(ends[i].fd, bytes, sizeof bytes);
  if (n < 0 && errno == EAGAIN) return;
  // The end comes as late as everything else, as a chunk without bytes.
  if (n <= 0) ends[i].has_ended = 1, n = 0;
  append(&ends[i ^ 1], bytes, n);
}

// Returns whether the connection is still there.
static int deliver(int i, int64_t now) {
  End *e = &ends[i];
  while (e->first && e->first->due <= now) {
    Chunk *c = e->first;
    if (!c->size) return close_pair(i), 0;
    ssize_t n = send(e->fd, c->bytes + c->sent, c->size - c->sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) return 1;
    if (n < 0) return close_pair(i), 0;
    if ((c->sent += n) < c->size) return 1;
    e->first = c->next;
    free(c);
  }
  return 1;
}

int main(int n, char **v) {
  if (n != 4) return fprintf(stderr, "usage: see delay.c\n"), 2;
  delay = atol(v[3]) * 1000ll;
  for (int i = 0; i < ENDS; i++) ends[i].fd = -1;
  int listening = unix_socket(v[1], bind);
  if (listen(listening, 128)) die("listen");
  while (1) {
    struct pollfd polls[ENDS + 1] = {{listening, POLLIN, 0}};
    int64_t now = now_ns(), next = INT64_MAX;
    for (int i = 0; i < ENDS; i++)
      if (ends[i].fd >= 0 && !deliver(i, now)) i |= 1;
    for (int i = 0; i < ENDS; i++) {
      End *e = &ends[i];
      polls[i + 1] = (struct pollfd){e->fd, e->has_ended ? 0 : POLLIN, 0};
      if (e->fd < 0 || !e->first) continue;
      if (e->first->due <= now) polls[i + 1].events |= POLLOUT;
      else if (e->first->due < next) next = e->first->due;
    }
    int64_t rest = next - now;
    struct timespec wait = {rest / 1000000000, rest % 1000000000};
    if (ppoll(polls, ENDS + 1, next == INT64_MAX ? NULL : &wait, NULL) < 0 && errno != EINTR) die("poll");
    for (int i = 0; i < ENDS; i++)
      if (ends[i].fd >= 0 && !ends[i].has_ended && polls[i + 1].revents & (POLLIN | POLLHUP | POLLERR)) receive(i);
    if (!(polls[0].revents & POLLIN)) continue;
    int i = 0, fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
    while (i < ENDS && ends[i].fd >= 0) i += 2;
    if (fd < 0 || i == ENDS) die("accept");
    ends[i] = (End){fd, 0, NULL, NULL};
    ends[i + 1] = (End){unix_socket(v[2], connect), 0, NULL, NULL};
    for (int side = i; side < i + 2; side++) fcntl(ends[side].fd, F_SETFL, O_NONBLOCK);
  }
}
