// GNU extensions are used in this file only: in the header they would change glibc's structs for
// Swift.
#define _GNU_SOURCE
#include "CLinux.h"
#include <dirent.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

_Thread_local uint64_t cl_effects_of_thread;
static _Thread_local void *thread_owner;

void *cl_thread_owner(void) { return thread_owner; }
void cl_set_thread_owner(void *owner) { thread_owner = owner; }

struct start {
  void (*body)(void *);
  void *argument;
  char name[16];
};

static void *thread_main(void *p) {
  struct start start = *(struct start *)p;
  free(p);
  pthread_setname_np(pthread_self(), start.name);
  start.body(start.argument);
  return NULL;
}

long cl_thread_start(struct cl_thread *thread, const char *name, void (*body)(void *),
                     void *argument) {
  struct start *start = calloc(1, sizeof *start);
  if (!start) return -ENOMEM;
  start->body = body;
  start->argument = argument;
  strncpy(start->name, name, sizeof start->name - 1);
  int e = pthread_create(&thread->id, NULL, thread_main, start);
  if (e != 0) free(start);
  return -(long)e;
}

long cl_accept(int fd) {
  return cl_effect(accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

long cl_peer_user(int fd) {
  struct ucred credentials;
  socklen_t size = sizeof credentials;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0) return -(long)errno;
  return (long)credentials.uid;
}

void cl_error_text(int number, char *into, size_t size) {
  const char *text = strerror_r(number, into, size);
  if (text != into) {
    strncpy(into, text, size - 1);
    into[size - 1] = 0;
  }
}

long cl_available_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return CPU_COUNT(&set);
}

const char *cl_environment_entry(long index) { return environ ? environ[index] : NULL; }

long cl_resident_bytes(void) {
  int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return cl_result(fd);
  char text[128];
  ssize_t count = read(fd, text, sizeof text - 1);
  close(fd);
  long total, resident;
  if (count <= 0) return -EIO;
  text[count] = 0;
  if (sscanf(text, "%ld %ld", &total, &resident) != 2) return -EIO;
  return resident * sysconf(_SC_PAGESIZE);
}

long cl_process_ns(void) {
  struct timespec time = {0};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * 1000000000L + time.tv_nsec;
}

long cl_open_descriptors(void) {
  DIR *folder = opendir("/proc/self/fd");
  if (folder == NULL) return -(long)errno;
  long count = 0;
  struct dirent *entry;
  while ((entry = readdir(folder)) != NULL)
    if (entry->d_name[0] != '.') count++;
  closedir(folder);
  // The folder's own was one of them.
  return count - 1;
}

long cl_file_bytes(const char *path) {
  struct stat status;
  return stat(path, &status) < 0 ? -(long)errno : (long)status.st_size;
}

long cl_read_file(const char *path, uint8_t *into, long size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return cl_result(fd);
  ssize_t count = read(fd, into, (size_t)size);
  long result = count < 0 ? -(long)errno : count;
  close(fd);
  return result;
}

void cl_heap_bytes(int64_t *used, int64_t *free) {
  struct mallinfo2 heaps = mallinfo2();
  *used = (int64_t)(heaps.uordblks + heaps.hblkhd);
  *free = (int64_t)heaps.fordblks;
}

void cl_trim_memory(void) { malloc_trim(0); }

void cl_bound_kept_memory(int bytes) {
  // Setting either one also ends their growth with the largest block that was ever freed.
  mallopt(M_MMAP_THRESHOLD, bytes);
  mallopt(M_TRIM_THRESHOLD, bytes);
}

// The descriptor, or a copy of it above the standard ones.
static int beyond_standard(int fd) {
  if (fd < 0 || fd > 2) return fd;
  int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3), error = errno;
  close(fd);
  errno = error;
  return copy;
}

static void close_both(int *ends) {
  for (int i = 0; i < 2; i++)
    if (ends[i] >= 0) close(ends[i]);
}

// `ends[0]` is this process's, `ends[1]` the child's. 0 or -errno.
static long open_ends(int *ends, int reads) {
  int pair[2];
  int r = reads ? pipe2(pair, O_CLOEXEC) : socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
  if (r < 0) return -(long)errno;
  ends[0] = beyond_standard(pair[0]);
  ends[1] = beyond_standard(pair[1]);
  if (ends[0] < 0 || ends[1] < 0) return -EMFILE;
  return cl_result(fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK));
}

// The child's part, in the memory of its parent: system calls only. Returns on failure.
static void become(const struct cl_command *command, const int *standard, int report) {
  setpgid(0, 0);
  for (int i = 0; i < 3; i++)
    if (dup2(standard[i], i) < 0) return;
  if (report != 3 && dup3(report, 3, O_CLOEXEC) < 0) return;
  syscall(SYS_close_range, 4u, ~0u, 0u);
  struct sigaction action = {.sa_handler = SIG_DFL};
  for (int s = 1; s <= 64; s++) sigaction(s, &action, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (command->file_bytes) {
    struct rlimit limit = {command->file_bytes, command->file_bytes};
    if (setrlimit(RLIMIT_FSIZE, &limit) < 0) return;
  }
  if (command->directory && chdir(command->directory) < 0) return;
  execve(command->path, command->arguments, command->environment);
}

// The child borrows this frame until it runs its program or ends; all signals are blocked
// meanwhile, so that no handler of ours runs in it.
__attribute__((noinline)) static pid_t spawn(const struct cl_command *command, const int *standard,
                                             int report) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t pid = vfork();
  if (pid == 0) {
    become(command, standard, report);
    int error = errno;
    if (write(3, &error, sizeof error) < 0) _exit(126);
    _exit(127);
  }
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = error;
  return pid;
}

// The child's report of its start: 0 or -errno. Returns when its program runs or failed to.
static long start_report(int fd) {
  int error = 0;
  ssize_t n;
  do n = read(fd, &error, sizeof error);
  while (n < 0 && errno == EINTR);
  return n == sizeof error ? -(long)error : 0;
}

static long start_with(const struct cl_command *command, struct cl_child *child, int *in, int *out,
                       int *err, int *report) {
  long r;
  if ((r = open_ends(in, 0)) < 0 || (r = open_ends(out, 1)) < 0 || (r = open_ends(err, 1)) < 0 ||
      (r = open_ends(report, 1)) < 0)
    return r;
  fcntl(report[0], F_SETFL, 0);
  int standard[3] = {in[1], out[1], err[1]};
  pid_t pid = spawn(command, standard, report[1]);
  if (pid < 0) return -(long)errno;
  close(report[1]);
  report[1] = -1;
  r = start_report(report[0]);
  int handle = r < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
  if (r == 0 && handle < 0) r = -(long)errno;
  if (r < 0) {
    kill(-pid, SIGKILL);
    cl_child_wait(pid);
    return r;
  }
  *child = (struct cl_child){pid, handle, in[0], out[0], err[0]};
  in[0] = out[0] = err[0] = -1;
  return 0;
}

long cl_child_start(const struct cl_command *command, struct cl_child *child) {
  int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1}, report[2] = {-1, -1};
  long r = start_with(command, child, in, out, err, report);
  close_both(in);
  close_both(out);
  close_both(err);
  close_both(report);
  return r;
}

long cl_child_wait(int32_t pid) {
  int status;
  pid_t r;
  do r = waitpid(pid, &status, 0);
  while (r < 0 && errno == EINTR);
  if (r < 0) return -(long)errno;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

long cl_forbid_core_dumps(void) {
  struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) < 0) return -(long)errno;
  int fd = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t written = write(fd, "0", 1);
  close(fd);
  return written < 0 ? -(long)errno : 0;
}
