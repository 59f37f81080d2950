#pragma once

// Has SQLite take its memory from lists of free blocks that each thread has for itself. A statement that
// runs allocates a block for each of its cursors and texts and frees them at its end; where SQLite was
// built without lookaside memory, as Debian's is, all of that would go through malloc.
//
// To be called before SQLite starts. SQLITE_OK, or SQLITE_MISUSE when it runs already: it goes on with malloc.
int cstorememory_install(void);
