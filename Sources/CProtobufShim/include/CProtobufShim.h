// What Swift needs between itself and libprotobuf-c: a per-thread arena that libprotobuf-c allocates from, an
// unpack that refuses what must not reach libprotobuf-c, and a pack into a given buffer.
//
// Descriptors here are those of Scripts/generate: string fields are bytes with the deprecated flag (see
// PB_IS_STRING), enums are int32, every other scalar has explicit presence.
#pragma once
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PB_EXPORT __attribute__((visibility("default")))

// With PB_GUARDS, for builds under the address sanitizer, what the arena has not given out is poisoned, and each
// allocation has a gap behind it: a write over its end, or a use after a reset, is found as it would be on the
// heap. A definition, because Swift's importer does not know which sanitizers it compiles for.
#ifdef PB_GUARDS
void __asan_poison_memory_region(void const volatile *start, size_t size);
void __asan_unpoison_memory_region(void const volatile *start, size_t size);
enum { PB_GAP = 16 };
#define PB_HIDE(start, size) __asan_poison_memory_region(start, size)
#define PB_SHOW(start, size) __asan_unpoison_memory_region(start, size)
#else
enum { PB_GAP = 0 };
#define PB_HIDE(start, size) ((void)(start), (void)(size))
#define PB_SHOW(start, size) ((void)(start), (void)(size))
#endif

// The bytes of a thread's messages in flight. Allocation moves `cursor`; everything since a mark is given back
// at once. `allowance` is what may still be taken before an allocation fails.
typedef struct PBArena {
  uint8_t *cursor;
  uint8_t *end;
  size_t allowance;
  void *chunk;
  bool exhausted;
  // Encoding: the repeated messages that were turned into structs last, by the address of their storage; the
  // structs, and what they took. Tracks of a list, for one, share the storage of what they have in common.
  const void *shared_source;
  void *shared_structs;
  size_t shared_count;
  size_t shared_size;
  // Encoding: bytes of the message that the structs point at where they are, outside of the arena.
  size_t borrowed;
} PBArena;

typedef struct PBMark {
  uint8_t *cursor;
  void *chunk;
  size_t allowance;
  bool exhausted;
} PBMark;

typedef enum PBStatus {
  PB_OK = 0,
  PB_MALFORMED = 1,      // truncated, a field number of 0, a bad varint, an unmatched group
  PB_INVALID_UTF8 = 2,   // in a string field
  PB_TOO_DEEP = 3,       // nested deeper than allowed
  PB_TOO_LARGE = 4,      // the decoded form would take more than the arena's allowance
} PBStatus;

// The calling thread's arena; made on first use, freed when the thread ends. NULL without memory.
PBArena *pb_arena_current(void);
// Takes at least `size` more bytes from the system, which are within the allowance. NULL if that cannot be.
void *pb_arena_grow(PBArena *arena, size_t size);
// Gives back chunks taken since the mark.
void pb_arena_release(PBArena *arena, PBMark mark);
// Bytes that the calling thread's arena holds on to; for tests.
size_t pb_arena_retained(void);

static inline PBMark pb_arena_mark(const PBArena *arena) {
  PBMark mark = {arena->cursor, arena->chunk, arena->allowance, arena->exhausted};
  return mark;
}

static inline void pb_arena_reset(PBArena *arena, PBMark mark) {
  if (arena->chunk != mark.chunk) pb_arena_release(arena, mark);
  arena->cursor = mark.cursor;
  arena->allowance = mark.allowance;
  arena->exhausted = mark.exhausted;
  arena->shared_source = NULL;
  PB_HIDE(arena->cursor, (size_t)(arena->end - arena->cursor));
}

// `size` bytes aligned to 8, not zeroed; NULL when the allowance or the system's memory is used up.
static inline void *pb_arena_alloc(PBArena *arena, size_t size) {
  size_t rounded = (size + 7) & ~(size_t)7;
  if (rounded < size || rounded > arena->allowance) {
    arena->exhausted = true;
    return NULL;
  }
  if (rounded + PB_GAP > (size_t)(arena->end - arena->cursor)) return pb_arena_grow(arena, rounded);
  void *result = arena->cursor;
  arena->cursor += rounded + PB_GAP;
  arena->allowance -= rounded;
  PB_SHOW(result, size);
  return result;
}

// Free memory of the arena for `size` bytes, until the next allocation or reset; NULL where that does not suffice.
static inline uint8_t *pb_arena_scratch(PBArena *arena, size_t size) {
  if (size > (size_t)(arena->end - arena->cursor)) return NULL;
  PB_SHOW(arena->cursor, size);
  return arena->cursor;
}

// Unpacks into the arena. `*message` is set on PB_OK and lives until the arena is reset to an earlier mark.
// Survives any bytes; takes time linear in `length` times `max_depth` at most.
PBStatus pb_unpack(
  PBArena *arena, const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t length,
  uint32_t max_depth, const void **message);

static inline size_t pb_packed_size(const void *message) {
  return protobuf_c_message_get_packed_size((const ProtobufCMessage *)message);
}
// `out` holds at least pb_packed_size(message) bytes.
static inline size_t pb_pack(const void *message, uint8_t *out) {
  return protobuf_c_message_pack((const ProtobufCMessage *)message, out);
}
static inline const ProtobufCMessageDescriptor *pb_descriptor(const void *message) {
  return ((const ProtobufCMessage *)message)->descriptor;
}

// The fields of an unpacked message that its descriptor does not know, as wire bytes.
size_t pb_unknown_size(const void *message);
void pb_unknown_copy(const void *message, uint8_t *out);
static inline bool pb_has_unknown(const void *message) {
  return ((const ProtobufCMessage *)message)->n_unknown_fields != 0;
}
// Makes `message` emit `bytes` (whole fields, in the arena) after its own fields. False if they are no fields.
bool pb_set_unknown(PBArena *arena, void *message, const uint8_t *bytes, size_t length);
// Makes an unpacked message pack to what it was unpacked from, unknown fields included. False without memory.
bool pb_make_packable(PBArena *arena, void *message);
// Whether bytes are a sequence of whole fields, groups within `max_depth` included.
bool pb_are_fields(const uint8_t *bytes, size_t length, uint32_t max_depth);
