#include "Normalize.h"

// A message's bytes may lie in several places: all of them, one after another, are its fields.
typedef struct Span {
  const uint8_t *start;
  const uint8_t *end;
  struct Span *next;
} Span;

typedef struct Chain {
  Span *first;
  Span *last;
} Chain;

typedef struct Output {
  PBArena *arena;
  uint8_t *at;
} Output;

enum { LENGTH_SIZE = 5, FIELD_OVERHEAD = 5 + LENGTH_SIZE };

static void put_varint(Output *output, uint32_t value) {
  for (; value >= 0x80; value >>= 7) *output->at++ = (uint8_t)(value | 0x80);
  *output->at++ = (uint8_t)value;
}

static void put_bytes(Output *output, const uint8_t *start, const uint8_t *end) {
  memcpy(output->at, start, (size_t)(end - start));
  output->at += end - start;
}

// Leaves room for a length in its longest form, to be set when it is known.
static uint8_t *open_field(Output *output, uint32_t number) {
  put_varint(output, number << 3 | WIRE_BYTES);
  output->at += LENGTH_SIZE;
  return output->at;
}

static void close_field(Output *output, uint8_t *content) {
  size_t length = (size_t)(output->at - content);
  uint8_t *at = content - LENGTH_SIZE;
  for (unsigned i = 0; i < LENGTH_SIZE; i++, length >>= 7) {
    at[i] = (uint8_t)(length & 0x7f) | (i + 1 < LENGTH_SIZE ? 0x80 : 0);
  }
}

static bool append(PBArena *arena, Chain *chain, const Field *field) {
  Span *span = pb_arena_alloc(arena, sizeof *span);
  if (!span) return false;
  *span = (Span){field->payload, field->end, NULL};
  if (chain->last) chain->last->next = span;
  else chain->first = span;
  chain->last = span;
  return true;
}

// A member of a oneof that is set clears the others.
static void clear_siblings(
  const ProtobufCMessageDescriptor *descriptor, Chain *chains, const ProtobufCFieldDescriptor *set) {
  for (unsigned i = 0; i < descriptor->n_fields; i++) {
    const ProtobufCFieldDescriptor *field = descriptor->fields + i;
    if (field != set && field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF &&
        field->quantifier_offset == set->quantifier_offset) {
      chains[i] = (Chain){NULL, NULL};
    }
  }
}

static bool put_message(
  Output *output, const ProtobufCMessageDescriptor *descriptor, const Span *spans);

static bool put_submessage(
  Output *output, const ProtobufCFieldDescriptor *field, const Span *spans) {
  uint8_t *content = open_field(output, field->id);
  if (!put_message(output, field->descriptor, spans)) return false;
  close_field(output, content);
  return true;
}

static bool put_field(
  Output *output, const ProtobufCMessageDescriptor *descriptor, Chain *chains, const Field *field) {
  const ProtobufCFieldDescriptor *declared = find_field(descriptor, field->number);
  bool known = declared && fits(declared, field->wire_type);
  if (!known && (declared || is_carried_unknown(field))) {
    uint8_t *content = open_field(output, CARRIER);
    put_bytes(output, field->start, field->end);
    close_field(output, content);
    return true;
  }
  if (known && declared->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
    clear_siblings(descriptor, chains, declared);
  }
  if (!known || declared->type != PROTOBUF_C_TYPE_MESSAGE) {
    put_bytes(output, field->start, field->end);
    return true;
  }
  if (declared->label == PROTOBUF_C_LABEL_REPEATED) {
    Span span = {field->payload, field->end, NULL};
    return put_submessage(output, declared, &span);
  }
  return append(output->arena, chains + (declared - descriptor->fields), field);
}

static bool put_message(
  Output *output, const ProtobufCMessageDescriptor *descriptor, const Span *spans) {
  PBMark mark = pb_arena_mark(output->arena);
  size_t size = descriptor->n_fields * sizeof(Chain);
  Chain *chains = pb_arena_alloc(output->arena, size);
  if (!chains) return false;
  if (size) memset(chains, 0, size);
  for (const Span *span = spans; span; span = span->next) {
    for (const uint8_t *at = span->start; at < span->end;) {
      Field field;
      if (read_field(at, span->end, UINT32_MAX, &field) != PB_OK) return false;
      if (!put_field(output, descriptor, chains, &field)) return false;
      at = field.end;
    }
  }
  for (unsigned i = 0; i < descriptor->n_fields; i++) {
    if (chains[i].first && !put_submessage(output, descriptor->fields + i, chains[i].first)) {
      return false;
    }
  }
  pb_arena_reset(output->arena, mark);
  return true;
}

PBStatus normalize(
  const Scan *scan, const ProtobufCMessageDescriptor *descriptor, const uint8_t **bytes, size_t *length) {
  size_t capacity = *length + (scan->messages + scan->carriers) * FIELD_OVERHEAD;
  uint8_t *start = pb_arena_alloc(scan->arena, capacity);
  if (!start) return PB_TOO_LARGE;
  Output output = {scan->arena, start};
  Span span = {*bytes, *bytes + *length, NULL};
  if (!put_message(&output, descriptor, &span)) return PB_TOO_LARGE;
  *bytes = start;
  *length = (size_t)(output.at - start);
  return PB_OK;
}
