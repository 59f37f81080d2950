/* Loaded before a trackd: once the file that FAILING_SYNC names exists, nothing reaches the disk any more;
   once the one that HANGING_SYNC names exists, syncs do not return. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int sync_unless_failing(const char *name, int file) {
  const char *flag = getenv("FAILING_SYNC");
  if (flag && access(flag, F_OK) == 0) {
    errno = EIO;
    return -1;
  }
  const char *hang = getenv("HANGING_SYNC");
  while (hang && access(hang, F_OK) == 0) pause();
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  return next(file);
}

int fsync(int file) { return sync_unless_failing("fsync", file); }
int fdatasync(int file) { return sync_unless_failing("fdatasync", file); }
