#include "Normalize.h"

static void *allocate(void *arena, size_t size) { return pb_arena_alloc(arena, size); }
// The arena gives everything back at once.
static void release(void *arena, void *pointer) { (void)arena, (void)pointer; }

PBStatus pb_unpack(
  PBArena *arena, const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t length,
  uint32_t max_depth, const void **message) {
  if (length > INT32_MAX) return PB_TOO_LARGE;
  Scan scan = {.arena = arena};
  PBStatus status = scan_message(&scan, descriptor, bytes, bytes + length, max_depth);
  if (status != PB_OK) return status;
  if (scan.irregular) {
    status = normalize(&scan, descriptor, &bytes, &length);
    if (status != PB_OK) return status;
  }
  ProtobufCAllocator allocator = {allocate, release, arena};
  *message = protobuf_c_message_unpack(descriptor, &allocator, length, bytes);
  if (*message) return PB_OK;
  return arena->exhausted ? PB_TOO_LARGE : PB_MALFORMED;
}
