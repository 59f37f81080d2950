#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "CProtobufShim.h"

// Chunks come from mmap so that a large message's memory goes back to the system when it is done. The first one
// stays with its thread; it has room for a page of a list in both forms, and takes memory only where it is used.
typedef struct Chunk {
  struct Chunk *previous;
  uint8_t *previous_cursor;
  uint8_t *previous_end;
  size_t size;
} Chunk;

enum { FIRST_CHUNK = 512 * 1024, LARGEST_STEP = 4 * 1024 * 1024 };

static __thread PBArena *current;
static pthread_key_t at_thread_end;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has_key;

static Chunk *chunk_new(PBArena *arena, size_t size) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  Chunk *chunk = memory;
  chunk->previous = arena->chunk;
  chunk->previous_cursor = arena->cursor;
  chunk->previous_end = arena->end;
  chunk->size = size;
  arena->chunk = chunk;
  arena->cursor = (uint8_t *)chunk + sizeof(Chunk);
  arena->end = (uint8_t *)chunk + size;
  PB_HIDE(arena->cursor, (size_t)(arena->end - arena->cursor));
  return chunk;
}

static void chunk_drop(PBArena *arena) {
  Chunk *chunk = arena->chunk;
  arena->chunk = chunk->previous;
  arena->cursor = chunk->previous_cursor;
  arena->end = chunk->previous_end;
  // The addresses may come back as somebody else's.
  PB_SHOW(chunk, chunk->size);
  munmap(chunk, chunk->size);
}

static void arena_free(void *pointer) {
  PBArena *arena = pointer;
  while (arena->chunk) chunk_drop(arena);
  free(arena);
  current = NULL;
}

static void make_key(void) { has_key = pthread_key_create(&at_thread_end, arena_free) == 0; }

PBArena *pb_arena_current(void) {
  if (current) return current;
  pthread_once(&once, make_key);
  PBArena *arena = calloc(1, sizeof *arena);
  if (!arena) return NULL;
  arena->allowance = SIZE_MAX;
  if (!chunk_new(arena, FIRST_CHUNK)) {
    free(arena);
    return NULL;
  }
  if (has_key) pthread_setspecific(at_thread_end, arena);
  return current = arena;
}

void *pb_arena_grow(PBArena *arena, size_t size) {
  size_t step = arena->chunk ? 2 * ((Chunk *)arena->chunk)->size : FIRST_CHUNK;
  if (step > LARGEST_STEP) step = LARGEST_STEP;
  if (size > SIZE_MAX / 2) {
    arena->exhausted = true;
    return NULL;
  }
  size_t wanted = size + PB_GAP + sizeof(Chunk);
  if (step < wanted) step = (wanted + 4095) & ~(size_t)4095;
  if (!chunk_new(arena, step)) {
    arena->exhausted = true;
    return NULL;
  }
  void *result = arena->cursor;
  arena->cursor += size + PB_GAP;
  arena->allowance -= size;
  PB_SHOW(result, size);
  return result;
}

void pb_arena_release(PBArena *arena, PBMark mark) {
  while (arena->chunk && arena->chunk != mark.chunk) chunk_drop(arena);
}

size_t pb_arena_retained(void) {
  size_t total = 0;
  if (!current) return 0;
  for (Chunk *chunk = current->chunk; chunk; chunk = chunk->previous) total += chunk->size;
  return total;
}
