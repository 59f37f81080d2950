#include "Wire.h"

const uint8_t *read_varint(const uint8_t *at, const uint8_t *end, uint64_t *value) {
  uint64_t result = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (at == end) return NULL;
    uint8_t byte = *at++;
    result |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) {
      *value = result;
      return at;
    }
  }
  return NULL;
}

// A tag or a length: at most 5 bytes and 32 bits.
static const uint8_t *read_varint32(const uint8_t *at, const uint8_t *end, uint32_t *value) {
  if (at < end && *at < 0x80) {
    *value = *at;
    return at + 1;
  }
  uint64_t wide;
  const uint8_t *next = read_varint(at, end, &wide);
  if (!next || next - at > 5 || wide > UINT32_MAX) return NULL;
  *value = (uint32_t)wide;
  return next;
}

static PBStatus read_group(const uint8_t *at, const uint8_t *end, uint32_t depth, Field *group) {
  if (depth == 0) return PB_TOO_DEEP;
  for (;;) {
    Field field;
    PBStatus status = read_field(at, end, depth - 1, &field);
    if (status != PB_OK) return status;
    at = field.end;
    if (field.wire_type == WIRE_END) {
      if (field.number != group->number) return PB_MALFORMED;
      group->end = at;
      return PB_OK;
    }
  }
}

PBStatus read_field(const uint8_t *at, const uint8_t *end, uint32_t depth, Field *field) {
  uint32_t tag, length;
  uint64_t value;
  field->start = at;
  at = read_varint32(at, end, &tag);
  if (!at || tag >> 3 == 0) return PB_MALFORMED;
  field->number = tag >> 3;
  field->wire_type = tag & 7;
  field->payload = at;
  field->padded = at - field->start > 1 && at[-1] == 0;
  switch (field->wire_type) {
  case WIRE_VARINT:
    field->end = read_varint(at, end, &value);
    return field->end ? PB_OK : PB_MALFORMED;
  case WIRE_64:
    if (end - at < 8) return PB_MALFORMED;
    field->end = at + 8;
    return PB_OK;
  case WIRE_BYTES:
    at = read_varint32(at, end, &length);
    if (!at || length > (size_t)(end - at)) return PB_MALFORMED;
    field->payload = at;
    field->end = at + length;
    return PB_OK;
  case WIRE_START:
    return read_group(at, end, depth, field);
  case WIRE_END:
    field->end = at;
    return PB_OK;
  case WIRE_32:
    if (end - at < 4) return PB_MALFORMED;
    field->end = at + 4;
    return PB_OK;
  default:
    return PB_MALFORMED;
  }
}

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_valid_utf8(const uint8_t *at, size_t length) {
  const uint8_t *end = at + length;
  while (at < end) {
    while (end - at >= 8) {
      uint64_t word;
      memcpy(&word, at, 8);
      if (word & 0x8080808080808080u) break;
      at += 8;
    }
    if (at == end) break;
    uint8_t lead = *at++;
    if (lead < 0x80) continue;
    unsigned more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || (size_t)(end - at) < more) return false;
    uint8_t low = 0x80, high = 0xbf;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
    if (*at < low || *at > high) return false;
    for (at++; --more; at++) {
      if ((*at & 0xc0) != 0x80) return false;
    }
  }
  return true;
}

const ProtobufCFieldDescriptor *find_field(
  const ProtobufCMessageDescriptor *descriptor, uint32_t number) {
  unsigned start = 0, count = descriptor->n_field_ranges;
  const ProtobufCIntRange *ranges = descriptor->field_ranges;
  while (count > 0) {
    unsigned middle = start + count / 2;
    int64_t first = ranges[middle].start_value, wanted = number;
    int64_t size = (int64_t)ranges[middle + 1].orig_index - ranges[middle].orig_index;
    if (wanted < first) {
      count = middle - start;
    } else if (wanted >= first + size) {
      count = start + count - middle - 1;
      start = middle + 1;
    } else {
      return descriptor->fields + ranges[middle].orig_index + (wanted - first);
    }
  }
  return NULL;
}

static uint32_t natural_wire_type(ProtobufCType type) {
  switch (type) {
  case PROTOBUF_C_TYPE_SFIXED32:
  case PROTOBUF_C_TYPE_FIXED32:
  case PROTOBUF_C_TYPE_FLOAT:
    return WIRE_32;
  case PROTOBUF_C_TYPE_SFIXED64:
  case PROTOBUF_C_TYPE_FIXED64:
  case PROTOBUF_C_TYPE_DOUBLE:
    return WIRE_64;
  case PROTOBUF_C_TYPE_STRING:
  case PROTOBUF_C_TYPE_BYTES:
  case PROTOBUF_C_TYPE_MESSAGE:
    return WIRE_BYTES;
  default:
    return WIRE_VARINT;
  }
}

bool is_packed(const ProtobufCFieldDescriptor *field, uint32_t wire_type) {
  return wire_type == WIRE_BYTES && field->label == PROTOBUF_C_LABEL_REPEATED &&
    natural_wire_type(field->type) != WIRE_BYTES;
}

bool fits(const ProtobufCFieldDescriptor *field, uint32_t wire_type) {
  return natural_wire_type(field->type) == wire_type || is_packed(field, wire_type);
}

bool is_valid_packed(const ProtobufCFieldDescriptor *field, const uint8_t *at, const uint8_t *end) {
  uint64_t value;
  switch (natural_wire_type(field->type)) {
  case WIRE_32:
    return (end - at) % 4 == 0;
  case WIRE_64:
    return (end - at) % 8 == 0;
  default:
    while (at && at < end) at = read_varint(at, end, &value);
    return at != NULL;
  }
}
