#include "CSessionMemory.h"
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// Every block is malloc's, which knows its size: blocks carry nothing of their own, and one that is freed by another
// thread than the one that took it stays with that thread. Blocks of 24, 40, 56, ... bytes are kept when they are freed,
// some of each size; larger ones go back to malloc.
enum { STEP = 16, FIRST = 24, SIZES = 32, LARGEST = FIRST + STEP * (SIZES - 1), KEPT = 256 };

typedef struct block {
  struct block *next;
} block;

static _Thread_local struct {
  block *first;
  size_t count;
} kept[SIZES];
static _Thread_local int is_registered;
static pthread_key_t ending;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int has_key;

// The smallest size that has room for `size` bytes.
static size_t index_for(size_t size) { return size <= FIRST ? 0 : (size - FIRST + STEP - 1) / STEP; }

void csessionmemory_release(void) {
  for (size_t index = 0; index < SIZES; index++) {
    while (kept[index].first) {
      block *gone = kept[index].first;
      kept[index].first = gone->next;
      free(gone);
    }
    kept[index].count = 0;
  }
}

// A thread ends.
static void free_kept(void *unused) {
  (void)unused;
  is_registered = 0;
  csessionmemory_release();
}

size_t csessionmemory_size(void *block) { return malloc_usable_size(block); }

static void make_key(void) { has_key = pthread_key_create(&ending, free_kept) == 0; }

static int registers(void) {
  if (!is_registered) is_registered = has_key && pthread_setspecific(ending, kept) == 0;
  return is_registered;
}

static void *take(size_t size, void *unused) {
  (void)unused;
  if (size > LARGEST) return malloc(size);
  size_t index = index_for(size);
  block *found = kept[index].first;
  if (!found) return malloc(FIRST + STEP * index);
  kept[index].first = found->next;
  kept[index].count -= 1;
  return found;
}

static void give_back(void *memory, void *unused) {
  (void)unused;
  if (!memory) return;
  size_t size = malloc_usable_size(memory);
  if (size >= FIRST && size < FIRST + STEP * SIZES) {
    size_t index = (size - FIRST) / STEP;
    if (kept[index].count < KEPT && registers()) {
      block *freed = memory;
      freed->next = kept[index].first;
      kept[index].first = freed;
      kept[index].count += 1;
      return;
    }
  }
  free(memory);
}

static void *take_cleared(size_t count, size_t size, void *unused) {
  if (size && count > LARGEST / size) return calloc(count, size);
  void *made = take(count * size, unused);
  return made ? memset(made, 0, count * size) : 0;
}

static void *resize(void *memory, size_t size, void *unused) {
  (void)unused;
  return realloc(memory, size);
}

nghttp2_mem *csessionmemory(void) {
#if defined(__SANITIZE_ADDRESS__)
  return 0;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  return 0;
#endif
#endif
  static nghttp2_mem methods = {0, take, give_back, take_cleared, resize};
  pthread_once(&once, make_key);
  return &methods;
}
