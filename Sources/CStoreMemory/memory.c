#include "CStoreMemory.h"
#include <pthread.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// Blocks of 64, 128, ... 2048 bytes are kept when they are freed, some of each size for each thread; what
// is larger is malloc's. A block may be freed by another thread than the one that it was made by.
enum { SIZES = 6, SMALLEST_BITS = 6, LARGEST = 1 << (SMALLEST_BITS + SIZES - 1), KEPT = 32 };

// Before what SQLite gets, which has to be aligned to 8 bytes.
typedef struct {
  uint64_t size;
} header;

typedef struct block {
  struct block *next;
} block;

static _Thread_local struct {
  block *first;
  int count;
} kept[SIZES];
static _Thread_local int is_registered;
static pthread_key_t ending;

static int size_index(uint64_t size) {
  return size <= 1 << SMALLEST_BITS ? 0 : 64 - SMALLEST_BITS - __builtin_clzll(size - 1);
}

static int round_up(int size) {
  if (size > LARGEST) return (size + 7) & ~7;
  return 1 << (SMALLEST_BITS + size_index((uint64_t)size));
}

static void *allocate(int count) {
  int size = round_up(count);
  if (size <= LARGEST) {
    int index = size_index((uint64_t)size);
    block *found = kept[index].first;
    if (found) {
      kept[index].first = found->next;
      kept[index].count -= 1;
      return found;
    }
  }
  header *made = malloc(sizeof(header) + (size_t)size);
  if (!made) return 0;
  made->size = (uint64_t)size;
  return made + 1;
}

static void release(void *memory) {
  header *made = (header *)memory - 1;
  if (made->size <= LARGEST) {
    int index = size_index(made->size);
    if (kept[index].count < KEPT) {
      if (!is_registered) is_registered = pthread_setspecific(ending, kept) == 0;
      if (is_registered) {
        block *freed = memory;
        freed->next = kept[index].first;
        kept[index].first = freed;
        kept[index].count += 1;
        return;
      }
    }
  }
  free(made);
}

static int size_of(void *memory) { return memory ? (int)((header *)memory - 1)->size : 0; }

static void *reallocate(void *memory, int count) {
  int size = size_of(memory);
  if (round_up(count) == size) return memory;
  void *made = allocate(count);
  if (!made) return 0;
  memcpy(made, memory, (size_t)(size < count ? size : count));
  release(memory);
  return made;
}

// A thread ends.
static void free_kept(void *unused) {
  (void)unused;
  is_registered = 0;
  for (int index = 0; index < SIZES; index++) {
    while (kept[index].first) {
      block *gone = kept[index].first;
      kept[index].first = gone->next;
      free((header *)gone - 1);
    }
    kept[index].count = 0;
  }
}

static int start(void *unused) {
  (void)unused;
  return pthread_key_create(&ending, free_kept) == 0 ? SQLITE_OK : SQLITE_NOMEM;
}

static void stop(void *unused) { (void)unused; }

int cstorememory_install(void) {
#if defined(__SANITIZE_ADDRESS__)
  return SQLITE_OK;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  // It is to see what SQLite does with memory.
  return SQLITE_OK;
#endif
#endif
  static const sqlite3_mem_methods methods = {
      allocate, release, reallocate, size_of, round_up, start, stop, 0};
  return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}
