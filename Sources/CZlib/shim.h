#pragma once
#include <zlib.h>

// What Swift cannot say: zlib's initializers are macros that pass the size of the struct.

// A stream that compresses; `bits` names the format: 15 zlib's (RFC 1950), 31 gzip's (RFC 1952).
static inline int czlib_deflate_init(z_stream *stream, int level, int bits) {
  return deflateInit2(stream, level, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY);
}

static inline int czlib_inflate_init(z_stream *stream, int bits) {
  return inflateInit2(stream, bits);
}
