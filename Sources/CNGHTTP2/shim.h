#pragma once
#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Header blocks cross the boundary packed: each field is the lengths of its name and its value, four
// bytes each, then both. nghttp2 wants an array of structs: built here on the stack, so that no array
// is allocated per block. nghttp2 copies names and values before these functions return, but for those of a
// block that `is_constant`, which is never freed.

#define H2SHIM_STACK_FIELDS 48

static inline void h2shim_fill(nghttp2_nv *nv, const uint8_t *bytes, size_t fields, int is_constant) {
  uint8_t flags = NGHTTP2_NV_FLAG_NONE;
  if (is_constant) flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
  for (size_t i = 0; i < fields; i++) {
    uint32_t lengths[2];
    memcpy(lengths, bytes, sizeof lengths);
    bytes += sizeof lengths;
    nv[i].name = (uint8_t *)bytes;
    nv[i].namelen = lengths[0];
    bytes += lengths[0];
    nv[i].value = (uint8_t *)bytes;
    nv[i].valuelen = lengths[1];
    bytes += lengths[1];
    nv[i].flags = flags;
  }
}

/// nghttp2_submit_headers from a packed block: 0, or a negative nghttp2_error.
static inline int h2shim_submit_headers(nghttp2_session *session, uint8_t flags,
                                        int32_t stream_id, const uint8_t *bytes,
                                        size_t fields, int is_constant) {
  nghttp2_nv stack[H2SHIM_STACK_FIELDS];
  nghttp2_nv *nv = stack;
  if (fields > H2SHIM_STACK_FIELDS) {
    nv = (nghttp2_nv *)calloc(fields, sizeof(nghttp2_nv));
    if (!nv) return NGHTTP2_ERR_NOMEM;
  }
  h2shim_fill(nv, bytes, fields, is_constant);
  int rv = nghttp2_submit_headers(session, flags, stream_id, NULL, nv, fields, NULL);
  if (nv != stack) free(nv);
  return rv;
}

/// nghttp2_submit_request from a packed block: the stream id, or a negative nghttp2_error. `stream`
/// becomes the stream's user data and the data source; without `read` the request ends here.
static inline int32_t h2shim_submit_request(nghttp2_session *session, const uint8_t *bytes,
                                            size_t fields,
                                            nghttp2_data_source_read_callback read,
                                            void *stream) {
  nghttp2_nv stack[H2SHIM_STACK_FIELDS];
  nghttp2_nv *nv = stack;
  if (fields > H2SHIM_STACK_FIELDS) {
    nv = (nghttp2_nv *)calloc(fields, sizeof(nghttp2_nv));
    if (!nv) return NGHTTP2_ERR_NOMEM;
  }
  h2shim_fill(nv, bytes, fields, 0);
  nghttp2_data_provider provider;
  provider.source.ptr = stream;
  provider.read_callback = read;
  int32_t rv =
      nghttp2_submit_request(session, NULL, nv, fields, read ? &provider : NULL, stream);
  if (nv != stack) free(nv);
  return rv;
}

/// nghttp2_submit_data with `stream` as the data source: 0, or a negative nghttp2_error.
static inline int h2shim_submit_data(nghttp2_session *session, int32_t stream_id,
                                     nghttp2_data_source_read_callback read, void *stream) {
  nghttp2_data_provider provider;
  provider.source.ptr = stream;
  provider.read_callback = read;
  return nghttp2_submit_data(session, NGHTTP2_FLAG_END_STREAM, stream_id, &provider);
}

/// Lets the streams of a server take turns, frame by frame: without a signal from the client RFC
/// 9218 would finish one stream after the other, and one large download would hold up the rest.
static inline int h2shim_take_turns(nghttp2_session *session, int32_t stream_id) {
  nghttp2_extpri priority = {NGHTTP2_EXTPRI_DEFAULT_URGENCY, 1};
  return nghttp2_session_change_extpri_stream_priority(session, stream_id, &priority, 1);
}

/// The monotonic clock in nanoseconds, at the resolution of the kernel's tick.
static inline uint64_t h2shim_now(void) {
  struct timespec t;
  if (clock_gettime(CLOCK_MONOTONIC_COARSE, &t) != 0) return 0;
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
