// The wire format (protobuf.dev/programming-guides/encoding), as far as the shim reads it itself.
#pragma once
#include "CProtobufShim.h"

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_START = 3, WIRE_END = 4, WIRE_32 = 5 };

// A number that no .proto file may use (19000 to 19999 are reserved). A field of it carries, as bytes, fields
// that are kept as unknown ones although libprotobuf-c cannot take them as they are: groups, and fields whose
// wire type is not their declaration's.
enum { CARRIER = 19999 };

// String fields carry this flag; see Scripts/generate.
static inline bool is_string(const ProtobufCFieldDescriptor *field) {
  return (field->flags & PROTOBUF_C_FIELD_FLAG_DEPRECATED) != 0;
}

typedef struct Field {
  uint32_t number;
  uint32_t wire_type;
  bool padded;             // the tag is longer than it need be
  const uint8_t *start;    // the tag
  const uint8_t *payload;  // of a length-delimited field: after the length
  const uint8_t *end;
} Field;

// Reads a varint of at most 10 bytes; bits above the 64th are dropped. NULL when it does not end.
const uint8_t *read_varint(const uint8_t *at, const uint8_t *end, uint64_t *value);
// Reads the field at `at`, a group as a whole. `depth` bounds the nesting of groups.
PBStatus read_field(const uint8_t *at, const uint8_t *end, uint32_t depth, Field *field);
bool is_valid_utf8(const uint8_t *bytes, size_t length);
const ProtobufCFieldDescriptor *find_field(
  const ProtobufCMessageDescriptor *descriptor, uint32_t number);
// Whether a field of this wire type can be a value, or packed values, of the declared field.
bool fits(const ProtobufCFieldDescriptor *field, uint32_t wire_type);
// Whether a field without declaration has to be carried.
static inline bool is_carried_unknown(const Field *field) {
  return field->wire_type == WIRE_START || field->number == CARRIER || field->padded;
}
// Whether the payload of a packed field is whole values.
bool is_valid_packed(const ProtobufCFieldDescriptor *field, const uint8_t *at, const uint8_t *end);
bool is_packed(const ProtobufCFieldDescriptor *field, uint32_t wire_type);
