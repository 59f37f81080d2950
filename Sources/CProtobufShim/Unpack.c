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

static size_t varint_size(uint32_t value) {
  size_t size = 1;
  for (; value >= 0x80; value >>= 7) size++;
  return size;
}

// A carrier's bytes without its own length.
static Field carried(const ProtobufCMessageUnknownField *unknown) {
  uint64_t length = 0;
  Field field = {.end = unknown->data + unknown->len};
  field.payload = read_varint(unknown->data, field.end, &length);
  return field;
}

size_t pb_unknown_size(const void *pointer) {
  const ProtobufCMessage *message = pointer;
  size_t size = 0;
  for (unsigned i = 0; i < message->n_unknown_fields; i++) {
    const ProtobufCMessageUnknownField *unknown = message->unknown_fields + i;
    if (unknown->tag == CARRIER) {
      Field field = carried(unknown);
      size += (size_t)(field.end - field.payload);
    } else {
      size += varint_size(unknown->tag << 3) + unknown->len;
    }
  }
  return size;
}

void pb_unknown_copy(const void *pointer, uint8_t *out) {
  const ProtobufCMessage *message = pointer;
  for (unsigned i = 0; i < message->n_unknown_fields; i++) {
    const ProtobufCMessageUnknownField *unknown = message->unknown_fields + i;
    const uint8_t *bytes = unknown->data;
    size_t length = unknown->len;
    if (unknown->tag == CARRIER) {
      Field field = carried(unknown);
      bytes = field.payload;
      length = (size_t)(field.end - field.payload);
    } else {
      uint32_t tag = unknown->tag << 3 | unknown->wire_type;
      for (; tag >= 0x80; tag >>= 7) *out++ = (uint8_t)(tag | 0x80);
      *out++ = (uint8_t)tag;
    }
    memcpy(out, bytes, length);
    out += length;
  }
}

bool pb_are_fields(const uint8_t *bytes, size_t length, uint32_t max_depth) {
  const uint8_t *end = bytes + length;
  while (bytes < end) {
    Field field;
    if (read_field(bytes, end, max_depth, &field) != PB_OK || field.wire_type == WIRE_END) return false;
    bytes = field.end;
  }
  return true;
}

// One unknown field's data may hold the fields after it: packing copies it as it is.
bool pb_set_unknown(PBArena *arena, void *pointer, const uint8_t *bytes, size_t length) {
  ProtobufCMessage *message = pointer;
  uint64_t tag;
  const uint8_t *data = read_varint(bytes, bytes + length, &tag);
  if (!data || tag > UINT32_MAX || tag >> 3 == 0) return false;
  ProtobufCMessageUnknownField *unknown = pb_arena_alloc(arena, sizeof *unknown);
  if (!unknown) return false;
  unknown->tag = (uint32_t)(tag >> 3);
  unknown->wire_type = (ProtobufCWireType)(tag & 7);
  unknown->len = (size_t)(bytes + length - data);
  unknown->data = (uint8_t *)data;
  message->n_unknown_fields = 1;
  message->unknown_fields = unknown;
  return true;
}
