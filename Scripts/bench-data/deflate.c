// Compresses a file COUNT times with zlib alone, as a server that keeps its stream does: what a compressed reply
// cannot cost less than.
//   deflate FILE COUNT LEVEL
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  FILE *file = fopen(argv[1], "rb");
  if (!file) return 1;
  static unsigned char bytes[1 << 20], out[1 << 21];
  size_t size = fread(bytes, 1, sizeof bytes, file);
  z_stream stream = {0};
  if (deflateInit2(&stream, atoi(argv[3]), Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK) return 1;
  for (long left = atol(argv[2]); left > 0; left--) {
    deflateReset(&stream);
    stream.next_in = bytes;
    stream.avail_in = (unsigned)size;
    stream.next_out = out;
    stream.avail_out = sizeof out;
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) return 1;
  }
  return 0;
}
