// GNU declarations stay in this file: in the header they would change glibc's structs for Swift.
#define _GNU_SOURCE
#include "CLinux.h"
#include <malloc.h>
#include <sched.h>
#include <stdio.h>

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
  return cl_result(accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
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

void cl_trim_memory(void) { malloc_trim(0); }
