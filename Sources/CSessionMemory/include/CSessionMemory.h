#pragma once
#include <nghttp2/nghttp2.h>

// Memory for nghttp2 from lists of free blocks that each thread has for itself. A call takes eight blocks of nghttp2's,
// and a connection with a hundred streams has hundreds of them before it frees the first: far more than malloc keeps
// within easy reach.
//
// For nghttp2_session_server_new3 and nghttp2_session_client_new3, which copy it. NULL, malloc itself, in a build that
// checks the use of memory.
nghttp2_mem *csessionmemory(void);

// Gives the free blocks of the calling thread back to malloc, which could not give the pages between them back: for
// when a connection has gone, or rests.
void csessionmemory_release(void);

// The bytes of a block, which may be more than it was asked for: malloc leaves no rest that is too
// small for a block. It is kept as what it is.
size_t csessionmemory_size(void *block);
