// Rewrites wire bytes that are valid but that libprotobuf-c 1.4.1 does not read as Google's implementations do.
#pragma once
#include "Wire.h"

// What a scan found; the sizes bound the rewritten form.
typedef struct Scan {
  PBArena *arena;
  bool irregular;
  size_t messages;
  size_t carriers;
} Scan;

// Checks everything about the bytes of one message, and whether they need rewriting.
PBStatus scan_message(
  Scan *scan, const ProtobufCMessageDescriptor *descriptor, const uint8_t *at, const uint8_t *end,
  uint32_t depth);

// Rewrites scanned bytes: occurrences of a singular submessage become one (they merge, and protobuf-c would lose
// unknown fields or, in a oneof, all but the last); groups and fields with another wire type than declared are
// carried as unknown fields (protobuf-c would refuse the message).
PBStatus normalize(
  const Scan *scan, const ProtobufCMessageDescriptor *descriptor, const uint8_t **bytes, size_t *length);
