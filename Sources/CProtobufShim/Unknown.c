#include "Wire.h"

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

// libprotobuf-c packs an unknown field as its tag, into whose first byte it puts the wire type, and its data:
// with the number 0, the first byte for a wire type and the rest as data come out as they are.
bool pb_set_unknown(PBArena *arena, void *pointer, const uint8_t *bytes, size_t length) {
  ProtobufCMessage *message = pointer;
  ProtobufCMessageUnknownField *unknown = pb_arena_alloc(arena, sizeof *unknown);
  if (!unknown || length == 0) return false;
  unknown->tag = 0;
  unknown->wire_type = (ProtobufCWireType)bytes[0];
  unknown->len = length - 1;
  unknown->data = (uint8_t *)bytes + 1;
  message->n_unknown_fields = 1;
  message->unknown_fields = unknown;
  return true;
}

static ProtobufCMessage *singular_member(
  const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field) {
  const uint8_t *bytes = (const uint8_t *)message;
  if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
    uint32_t set;
    memcpy(&set, bytes + field->quantifier_offset, sizeof set);
    if (set != field->id) return NULL;
  }
  return *(ProtobufCMessage *const *)(bytes + field->offset);
}

bool pb_make_packable(PBArena *arena, void *pointer) {
  ProtobufCMessage *message = pointer;
  if (message->n_unknown_fields) {
    size_t size = pb_unknown_size(message);
    uint8_t *bytes = pb_arena_alloc(arena, size);
    if (!bytes) return false;
    pb_unknown_copy(message, bytes);
    if (!pb_set_unknown(arena, message, bytes, size)) return false;
  }
  for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
    const ProtobufCFieldDescriptor *field = message->descriptor->fields + i;
    if (field->type != PROTOBUF_C_TYPE_MESSAGE) continue;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
      size_t count = *(size_t *)((uint8_t *)message + field->quantifier_offset);
      ProtobufCMessage **members = *(ProtobufCMessage ***)((uint8_t *)message + field->offset);
      for (size_t j = 0; j < count; j++) {
        if (!pb_make_packable(arena, members[j])) return false;
      }
    } else {
      ProtobufCMessage *member = singular_member(message, field);
      if (member && !pb_make_packable(arena, member)) return false;
    }
  }
  return true;
}
