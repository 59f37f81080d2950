// Linux as functions over integers: no unions, no errno, no pointers where a number will do.
// Every function that can fail returns -errno.
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static inline long cl_result(long r) { return r < 0 ? -(long)errno : r; }

// Counts the effects of this thread's system calls: reads and writes that moved bytes, signals and
// accepted connections. An event loop tells by it whether a turn had an effect.
extern _Thread_local uint64_t cl_effects_of_thread;
static inline uint64_t cl_effects(void) { return cl_effects_of_thread; }
static inline long cl_effect(long r) {
  if (r > 0) cl_effects_of_thread++;
  return cl_result(r);
}

// MARK: epoll

enum { CL_READABLE = 1, CL_WRITABLE = 2, CL_HANGUP = 4, CL_EDGE = 8 };

static inline long cl_epoll_create(void) { return cl_result(epoll_create1(EPOLL_CLOEXEC)); }

static inline uint32_t cl_epoll_bits(uint32_t interest) {
  uint32_t bits = 0;
  if (interest & CL_READABLE) bits |= EPOLLIN | EPOLLRDHUP;
  if (interest & CL_WRITABLE) bits |= EPOLLOUT;
  if (interest & CL_EDGE) bits |= EPOLLET;
  return bits;
}

static inline long cl_epoll_control(int epoll, int op, int fd, uint32_t interest, uint64_t token) {
  struct epoll_event event = {.events = cl_epoll_bits(interest), .data.u64 = token};
  return cl_result(epoll_ctl(epoll, op, fd, &event));
}
static inline long cl_epoll_add(int epoll, int fd, uint32_t interest, uint64_t token) {
  return cl_epoll_control(epoll, EPOLL_CTL_ADD, fd, interest, token);
}
static inline long cl_epoll_modify(int epoll, int fd, uint32_t interest, uint64_t token) {
  return cl_epoll_control(epoll, EPOLL_CTL_MOD, fd, interest, token);
}
static inline long cl_epoll_remove(int epoll, int fd) {
  return cl_epoll_control(epoll, EPOLL_CTL_DEL, fd, 0, 0);
}

static inline size_t cl_epoll_event_size(void) { return sizeof(struct epoll_event); }
static inline long cl_epoll_wait(int epoll, void *events, int count, int timeout_ms) {
  return cl_result(epoll_wait(epoll, (struct epoll_event *)events, count, timeout_ms));
}
static inline uint64_t cl_epoll_token(const void *events, long i) {
  return ((const struct epoll_event *)events)[i].data.u64;
}
static inline uint32_t cl_epoll_readiness(const void *events, long i) {
  uint32_t bits = ((const struct epoll_event *)events)[i].events, out = 0;
  if (bits & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) out |= CL_READABLE;
  if (bits & (EPOLLOUT | EPOLLHUP | EPOLLERR)) out |= CL_WRITABLE;
  if (bits & (EPOLLHUP | EPOLLERR)) out |= CL_HANGUP;
  return out;
}

// MARK: descriptors

static inline long cl_eventfd(void) { return cl_result(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)); }
static inline long cl_eventfd_signal(int fd) {
  uint64_t one = 1;
  return cl_result(write(fd, &one, sizeof one));
}
// Edge-triggered, it need not be read: setting it anew clears its count.
static inline long cl_timerfd(void) {
  return cl_result(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
}
static inline long cl_timerfd_set(int fd, int64_t nanoseconds) {
  struct itimerspec time = {.it_value = {nanoseconds / 1000000000, nanoseconds % 1000000000}};
  return cl_result(timerfd_settime(fd, TFD_TIMER_ABSTIME, &time, NULL));
}
static inline int32_t cl_process_id(void) { return (int32_t)getpid(); }
static inline long cl_close(int fd) { return cl_result(close(fd)); }
static inline long cl_read(int fd, void *into, size_t count) {
  return cl_effect(read(fd, into, count));
}
// Opens /dev/null in the place of each of the descriptors 0 to 2 that is closed. 0 or -errno.
static inline long cl_fill_standard_descriptors(void) {
  while (1) {
    int fd = open("/dev/null", O_RDWR);
    if (fd < 0) return -(long)errno;
    if (fd > 2) return cl_result(close(fd));
  }
}
// How many columns the terminal behind a descriptor has; 0 when it does not say, -errno for no terminal.
static inline long cl_terminal_columns(int fd) {
  struct winsize size = {0};
  return ioctl(fd, TIOCGWINSZ, &size) < 0 ? -(long)errno : size.ws_col;
}
// Lets the process have as many descriptors as it may give itself; returns how many, or -errno.
static inline long cl_raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -(long)errno;
  rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) limit.rlim_cur = before;
  return limit.rlim_cur > LONG_MAX ? LONG_MAX : (long)limit.rlim_cur;
}
// Lets neither this process nor its children leave memory in a core dump; 0 or -errno. The limit
// does not hold for dumps that the system hands to a program (core(5)): the filter leaves out of
// them what the process had in memory. A system without the filter has no such dumps.
long cl_forbid_core_dumps(void);
// MSG_NOSIGNAL: a peer that went away is EPIPE, not a signal.
static inline long cl_write(int fd, const void *from, size_t count) {
  return cl_effect(write(fd, from, count));
}
static inline long cl_send(int fd, const void *from, size_t count) {
  return cl_effect(send(fd, from, count, MSG_NOSIGNAL));
}
// Bytes of one place, for cl_send_pieces.
typedef struct CLPiece {
  const void *start;
  size_t count;
} CLPiece;
// At most 64 pieces, one after the other; IOV_MAX is 1024.
static inline long cl_send_pieces(int fd, const CLPiece *pieces, size_t count) {
  struct iovec list[64];
  if (count > 64) count = 64;
  for (size_t i = 0; i < count; i++) list[i] = (struct iovec){(void *)pieces[i].start, pieces[i].count};
  struct msghdr message = {.msg_iov = list, .msg_iovlen = count};
  return cl_effect(sendmsg(fd, &message, MSG_NOSIGNAL));
}

// MARK: signals

static inline long cl_signals_block(uint64_t mask) {
  sigset_t set;
  sigemptyset(&set);
  for (int s = 1; s < 64; s++)
    if (mask >> s & 1) sigaddset(&set, s);
  return -(long)pthread_sigmask(SIG_BLOCK, &set, NULL);
}
static inline long cl_signalfd(uint64_t mask) {
  sigset_t set;
  sigemptyset(&set);
  for (int s = 1; s < 64; s++)
    if (mask >> s & 1) sigaddset(&set, s);
  return cl_result(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
}
// The number of the next signal.
static inline long cl_signalfd_read(int fd) {
  struct signalfd_siginfo info;
  ssize_t n = read(fd, &info, sizeof info);
  if (n > 0) cl_effects_of_thread++;
  return n < 0 ? -(long)errno : (long)info.ssi_signo;
}
static inline long cl_signal_ignore(int number) {
  return signal(number, SIG_IGN) == SIG_ERR ? -(long)errno : 0;
}

// MARK: time

static inline int64_t cl_monotonic_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
static inline int64_t cl_realtime_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
static inline void cl_sleep_us(uint32_t us) {
  struct timespec t = {.tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000};
  nanosleep(&t, NULL);
}

// MARK: sockets

// family: 4, 6 or 1 (unix), 0 for none. IPv4 in host order in `low`; IPv6 as two big-endian halves.
struct cl_address {
  int32_t family;
  uint16_t port;
  uint32_t scope;
  uint64_t high, low;
};

static inline uint64_t cl_load64(const uint8_t *p) {
  uint64_t v = 0;
  for (int i = 0; i < 8; i++) v = v << 8 | p[i];
  return v;
}
static inline void cl_store64(uint8_t *p, uint64_t v) {
  for (int i = 7; i >= 0; i--, v >>= 8) p[i] = (uint8_t)v;
}

static inline struct cl_address cl_address_of(const struct sockaddr_storage *s) {
  struct cl_address a = {0};
  if (s->ss_family == AF_INET) {
    const struct sockaddr_in *in = (const struct sockaddr_in *)s;
    a.family = 4;
    a.port = ntohs(in->sin_port);
    a.low = ntohl(in->sin_addr.s_addr);
  } else if (s->ss_family == AF_INET6) {
    const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)s;
    a.family = 6;
    a.port = ntohs(in->sin6_port);
    a.scope = in->sin6_scope_id;
    a.high = cl_load64(in->sin6_addr.s6_addr);
    a.low = cl_load64(in->sin6_addr.s6_addr + 8);
  } else if (s->ss_family == AF_UNIX) {
    a.family = 1;
  }
  return a;
}
static inline socklen_t cl_address_fill(struct cl_address a, struct sockaddr_storage *s) {
  memset(s, 0, sizeof *s);
  if (a.family == 4) {
    struct sockaddr_in *in = (struct sockaddr_in *)s;
    in->sin_family = AF_INET;
    in->sin_port = htons(a.port);
    in->sin_addr.s_addr = htonl((uint32_t)a.low);
    return sizeof *in;
  }
  struct sockaddr_in6 *in = (struct sockaddr_in6 *)s;
  in->sin6_family = AF_INET6;
  in->sin6_port = htons(a.port);
  in->sin6_scope_id = a.scope;
  cl_store64(in->sin6_addr.s6_addr, a.high);
  cl_store64(in->sin6_addr.s6_addr + 8, a.low);
  return sizeof *in;
}
static inline long cl_unix_fill(const char *path, struct sockaddr_un *un) {
  memset(un, 0, sizeof *un);
  un->sun_family = AF_UNIX;
  if (strlen(path) >= sizeof un->sun_path) return -ENAMETOOLONG;
  strcpy(un->sun_path, path);
  return 0;
}

static inline long cl_socket(int32_t family) {
  int domain = family == 4 ? AF_INET : family == 6 ? AF_INET6 : AF_UNIX;
  return cl_result(socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}
static inline long cl_bind(int fd, struct cl_address a) {
  struct sockaddr_storage s;
  socklen_t n = cl_address_fill(a, &s);
  return cl_result(bind(fd, (struct sockaddr *)&s, n));
}
static inline long cl_bind_unix(int fd, const char *path) {
  struct sockaddr_un un;
  long r = cl_unix_fill(path, &un);
  return r < 0 ? r : cl_result(bind(fd, (struct sockaddr *)&un, sizeof un));
}
static inline long cl_connect(int fd, struct cl_address a) {
  struct sockaddr_storage s;
  socklen_t n = cl_address_fill(a, &s);
  return cl_result(connect(fd, (struct sockaddr *)&s, n));
}
static inline long cl_connect_unix(int fd, const char *path) {
  struct sockaddr_un un;
  long r = cl_unix_fill(path, &un);
  return r < 0 ? r : cl_result(connect(fd, (struct sockaddr *)&un, sizeof un));
}
// The same in the abstract namespace (unix(7)): `name` without the leading NUL.
static inline long cl_abstract_fill(const char *name, struct sockaddr_un *un, socklen_t *size) {
  memset(un, 0, sizeof *un);
  un->sun_family = AF_UNIX;
  size_t length = strlen(name);
  if (length >= sizeof un->sun_path) return -ENAMETOOLONG;
  memcpy(un->sun_path + 1, name, length);
  *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
  return 0;
}
static inline long cl_bind_abstract(int fd, const char *name) {
  struct sockaddr_un un;
  socklen_t n;
  long r = cl_abstract_fill(name, &un, &n);
  return r < 0 ? r : cl_result(bind(fd, (struct sockaddr *)&un, n));
}
static inline long cl_connect_abstract(int fd, const char *name) {
  struct sockaddr_un un;
  socklen_t n;
  long r = cl_abstract_fill(name, &un, &n);
  return r < 0 ? r : cl_result(connect(fd, (struct sockaddr *)&un, n));
}
static inline long cl_listen(int fd, int backlog) { return cl_result(listen(fd, backlog)); }
// A connection of a listening socket, non-blocking and close-on-exec.
long cl_accept(int fd);
static inline long cl_reuse_address(int fd) {
  int one = 1;
  return cl_result(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one));
}
static inline long cl_accept_ipv4_too(int fd) {
  int zero = 0;
  return cl_result(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero));
}
static inline long cl_no_delay(int fd) {
  int one = 1;
  return cl_result(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one));
}
// Bytes that were sent and that the peer's system has not acknowledged yet (tcp(7), SIOCOUTQ).
static inline long cl_unacknowledged(int fd) {
  int count = 0;
  return ioctl(fd, SIOCOUTQ, &count) < 0 ? -(long)errno : count;
}
// The connection fails when sent bytes are not acknowledged for so long (tcp(7)).
static inline long cl_user_timeout(int fd, unsigned int milliseconds) {
  return cl_result(setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds));
}
// After so many seconds of silence the kernel probes the peer, and again after each interval.
static inline long cl_keep_alive(int fd, int idle_seconds, int interval_seconds) {
  int one = 1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds) < 0)
    return -(long)errno;
  if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_seconds, sizeof interval_seconds) < 0)
    return -(long)errno;
  return cl_result(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one));
}
// The outcome of a connect that was in progress: 0 or -errno.
static inline long cl_socket_error(int fd) {
  int error = 0;
  socklen_t n = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0) return -(long)errno;
  return -(long)error;
}
static inline long cl_shutdown_write(int fd) { return cl_result(shutdown(fd, SHUT_WR)); }
// A listening Unix socket refuses connections from now on; those that wait can still be accepted.
static inline long cl_shutdown_read(int fd) { return cl_result(shutdown(fd, SHUT_RD)); }
// A listening TCP socket drops SYN from now on: handshakes that have begun still come to their end.
static inline long cl_drop_new_handshakes(int fd) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),        // the flags of the TCP header
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),     // SYN and ACK
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x02, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
  };
  struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
  return cl_result(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
}

// An inherited descriptor: 1 when it is a stream socket that listens, which is non-blocking and
// close-on-exec then; 0 when it is something else.
static inline long cl_adopt_listener(int fd) {
  int type = 0, listens = 0;
  socklen_t n = sizeof type;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) < 0) return 0;
  n = sizeof listens;
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n) < 0) return 0;
  if (type != SOCK_STREAM || !listens) return 0;
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) return -(long)errno;
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return -(long)errno;
  return 1;
}
// The path of a Unix socket: 0; or the name of an abstract one, without its leading NUL: 1.
// -errno for another kind of socket.
static inline long cl_unix_path(int fd, char *into, size_t size) {
  struct sockaddr_un un;
  memset(&un, 0, sizeof un);
  socklen_t n = sizeof un;
  if (getsockname(fd, (struct sockaddr *)&un, &n) < 0) return -(long)errno;
  if (un.sun_family != AF_UNIX || size < sizeof un.sun_path + 1) return -(long)EINVAL;
  memset(into, 0, size);
  int is_abstract = n > sizeof(sa_family_t) && !un.sun_path[0];
  memcpy(into, un.sun_path + is_abstract, sizeof un.sun_path - is_abstract);
  return is_abstract;
}

// Sends one datagram to a Unix socket; '@' begins the name of an abstract one.
static inline long cl_send_datagram(const char *path, const char *text) {
  struct sockaddr_un un;
  long r = cl_unix_fill(path, &un);
  if (r < 0) return r;
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
  if (path[0] == '@') un.sun_path[0] = 0;
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -(long)errno;
  r = cl_result(sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&un, size));
  close(fd);
  return r;
}

static inline struct cl_address cl_local_address(int fd) {
  struct sockaddr_storage s = {0};
  socklen_t n = sizeof s;
  if (getsockname(fd, (struct sockaddr *)&s, &n) < 0) s.ss_family = 0;
  return cl_address_of(&s);
}
static inline struct cl_address cl_peer_address(int fd) {
  struct sockaddr_storage s = {0};
  socklen_t n = sizeof s;
  if (getpeername(fd, (struct sockaddr *)&s, &n) < 0) s.ss_family = 0;
  return cl_address_of(&s);
}

// The user that connected a Unix socket.
long cl_peer_user(int fd);

static inline struct cl_address cl_parse_ipv4(const char *text) {
  struct cl_address a = {0};
  struct in_addr in;
  if (inet_pton(AF_INET, text, &in) != 1) return a;
  a.family = 4;
  a.low = ntohl(in.s_addr);
  return a;
}
static inline struct cl_address cl_parse_ipv6(const char *text) {
  struct cl_address a = {0};
  struct in6_addr in;
  if (inet_pton(AF_INET6, text, &in) != 1) return a;
  a.family = 6;
  a.high = cl_load64(in.s6_addr);
  a.low = cl_load64(in.s6_addr + 8);
  return a;
}
// Writes the host part as text, terminated; `size` is at least INET6_ADDRSTRLEN (46).
static inline void cl_format_host(struct cl_address a, char *into, size_t size) {
  struct sockaddr_storage s;
  cl_address_fill(a, &s);
  const void *host = a.family == 4 ? (const void *)&((struct sockaddr_in *)&s)->sin_addr
                                   : (const void *)&((struct sockaddr_in6 *)&s)->sin6_addr;
  if (!inet_ntop(a.family == 4 ? AF_INET : AF_INET6, host, into, (socklen_t)size)) into[0] = 0;
}
// Resolves a name; blocks. Returns how many addresses were written, or -EAI_... - 10000.
static inline long cl_resolve(const char *host, struct cl_address *into, long capacity) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC}, *list = NULL;
  int e = getaddrinfo(host, NULL, &hints, &list);
  if (e != 0) return e == EAI_SYSTEM ? -(long)errno : (long)e - 10000;
  long n = 0;
  for (struct addrinfo *i = list; i && n < capacity; i = i->ai_next) {
    struct sockaddr_storage s = {0};
    if (i->ai_addrlen > sizeof s) continue;
    memcpy(&s, i->ai_addr, i->ai_addrlen);
    into[n] = cl_address_of(&s);
    if (into[n].family) n++;
  }
  freeaddrinfo(list);
  return n;
}
static inline const char *cl_resolve_error(long code) { return gai_strerror((int)(code + 10000)); }

// 1 if the path is a socket, 0 if it is something else, -errno.
static inline long cl_is_socket_file(const char *path) {
  struct stat s;
  if (lstat(path, &s) < 0) return -(long)errno;
  return S_ISSOCK(s.st_mode) ? 1 : 0;
}
// Identifies a file, to see later whether a path still names the same one.
static inline uint64_t cl_file_identity(const char *path) {
  struct stat s;
  if (lstat(path, &s) < 0) return 0;
  return (uint64_t)s.st_ino ^ ((uint64_t)s.st_dev << 48);
}
static inline long cl_unlink(const char *path) { return cl_result(unlink(path)); }
static inline long cl_chmod(const char *path, uint32_t mode) { return cl_result(chmod(path, mode)); }

// The message of an error number, terminated.
void cl_error_text(int number, char *into, size_t size);

// MARK: threads

// The object that runs this thread, or NULL. The pointer never outlives its object: the thread that
// sets it owns the object.
void *cl_thread_owner(void);
void cl_set_thread_owner(void *owner);

struct cl_thread {
  pthread_t id;
};
// Starts `body(argument)`; the name is cut to 15 bytes. 0 or -errno.
long cl_thread_start(struct cl_thread *thread, const char *name, void (*body)(void *),
                     void *argument);
static inline long cl_thread_join(struct cl_thread thread) {
  return -(long)pthread_join(thread.id, NULL);
}

// MARK: locks

// A mutex and a condition in one allocation, so that neither ever moves.
struct cl_monitor {
  pthread_mutex_t mutex;
  pthread_cond_t condition;
};
static inline void cl_monitor_init(struct cl_monitor *m) {
  pthread_mutex_init(&m->mutex, NULL);
  pthread_cond_init(&m->condition, NULL);
}
static inline void cl_monitor_destroy(struct cl_monitor *m) {
  pthread_cond_destroy(&m->condition);
  pthread_mutex_destroy(&m->mutex);
}
static inline void cl_monitor_lock(struct cl_monitor *m) { pthread_mutex_lock(&m->mutex); }
static inline void cl_monitor_unlock(struct cl_monitor *m) { pthread_mutex_unlock(&m->mutex); }
static inline void cl_monitor_wait(struct cl_monitor *m) {
  pthread_cond_wait(&m->condition, &m->mutex);
}
static inline void cl_monitor_signal(struct cl_monitor *m) {
  pthread_cond_signal(&m->condition);
}

// MARK: the process

/// Bytes of this process that are in memory, or -errno (/proc/self/statm).
long cl_resident_bytes(void);
/// Nanoseconds that the threads of this process have taken of the processors.
long cl_process_ns(void);
/// How many descriptors are open, or -errno.
long cl_open_descriptors(void);
/// The size of a file, or -errno.
long cl_file_bytes(const char *path);
/// Reads up to `size` bytes of a small file of the system. Returns how many, or -errno.
long cl_read_file(const char *path, uint8_t *into, long size);
/// Bytes that the allocator has given out, in all of its heaps, and that it keeps free (mallinfo2).
/// Locks one heap after the other.
void cl_heap_bytes(int64_t *used, int64_t *free);
/// Returns the allocator's free memory to the system (malloc_trim).
void cl_trim_memory(void);
/// Lets the allocator keep at most about so many free bytes at the end of each heap, of which each
/// thread may have one; larger blocks are never part of one.
void cl_bound_kept_memory(int bytes);
/// Processors that the calling thread may run on.
long cl_available_processors(void);
/// The environment's variable number `index` as NAME=VALUE, NULL behind the last.
const char *cl_environment_entry(long index);

// MARK: child processes

struct cl_command {
  const char *path;
  char *const *arguments;
  char *const *environment;
  // NULL: that of this process.
  const char *directory;
  // The longest file that it may write (RLIMIT_FSIZE); 0 for no limit.
  uint64_t file_bytes;
};
// The descriptors are this process's ends, non-blocking. `input` is a socket: writing to a child
// that closed it is EPIPE, never a signal.
struct cl_child {
  int32_t pid, handle, input, output, error;
};
/// Starts a program in a process group of its own, with all signals as they are by default and no
/// descriptor but its standard ones. 0 or -errno, that of execve included.
long cl_child_start(const struct cl_command *command, struct cl_child *child);
/// Kills the group. Only before its leader was waited for: until then no other process can get the
/// number.
static inline long cl_child_kill(int32_t pid) { return cl_result(kill(-pid, SIGKILL)); }
/// Waits for the end: the exit code, or 1000 and the number of the signal; -errno.
long cl_child_wait(int32_t pid);
