#include "Normalize.h"

enum { FIELDS_ON_STACK = 256 };

static PBStatus scan_value(
  Scan *scan, const ProtobufCFieldDescriptor *declared, const Field *field, uint32_t depth) {
  if (is_packed(declared, field->wire_type)) {
    return is_valid_packed(declared, field->payload, field->end) ? PB_OK : PB_MALFORMED;
  }
  if (is_string(declared)) {
    size_t length = (size_t)(field->end - field->payload);
    return is_valid_utf8(field->payload, length) ? PB_OK : PB_INVALID_UTF8;
  }
  if (declared->type != PROTOBUF_C_TYPE_MESSAGE) return PB_OK;
  if (depth == 0) return PB_TOO_DEEP;
  scan->messages += 1;
  return scan_message(scan, declared->descriptor, field->payload, field->end, depth - 1);
}

PBStatus scan_message(
  Scan *scan, const ProtobufCMessageDescriptor *descriptor, const uint8_t *at, const uint8_t *end,
  uint32_t depth) {
  uint64_t stack[FIELDS_ON_STACK / 64] = {0}, *seen = stack;
  PBMark mark = pb_arena_mark(scan->arena);
  if (descriptor->n_fields > FIELDS_ON_STACK) {
    size_t size = (descriptor->n_fields + 63) / 64 * sizeof *seen;
    seen = pb_arena_alloc(scan->arena, size);
    if (!seen) return PB_TOO_LARGE;
    memset(seen, 0, size);
  }
  const ProtobufCFieldDescriptor *declared = NULL;
  PBStatus status = PB_OK;
  while (at < end) {
    Field field;
    status = read_field(at, end, depth, &field);
    if (status == PB_OK && field.wire_type == WIRE_END) status = PB_MALFORMED;
    if (status != PB_OK) break;
    at = field.end;
    if (!declared || declared->id != field.number) declared = find_field(descriptor, field.number);
    if (!declared && !is_carried_unknown(&field)) continue;
    if (!declared || !fits(declared, field.wire_type)) {
      scan->irregular = true;
      scan->carriers += 1;
      continue;
    }
    status = scan_value(scan, declared, &field, depth);
    if (status != PB_OK) break;
    if (declared->type == PROTOBUF_C_TYPE_MESSAGE && declared->label != PROTOBUF_C_LABEL_REPEATED) {
      size_t index = (size_t)(declared - descriptor->fields);
      if (seen[index / 64] >> (index % 64) & 1) scan->irregular = true;
      seen[index / 64] |= (uint64_t)1 << (index % 64);
    }
  }
  if (seen != stack) pb_arena_reset(scan->arena, mark);
  return status;
}
