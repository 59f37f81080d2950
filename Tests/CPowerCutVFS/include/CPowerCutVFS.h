#pragma once
#include <stdint.h>

// A disk in memory that SQLite reads and writes as a virtual file system, and whose power can be cut
// after any write: what was not synced by then is lost, or partly there.
//
// Every change is kept in a log, so that one run serves to try the power cut at each of its points.
// Functions may be called from any thread.
typedef struct powercut_disk powercut_disk;

// An empty disk, as the virtual file system `name`.
powercut_disk *powercut_create(const char *name);

// Frees the disk. No file is open on it.
void powercut_destroy(powercut_disk *disk);

// How many changes (writes, truncations, syncs, creations, deletions) were logged.
uint64_t powercut_changes(powercut_disk *disk);

// How many calls of any kind were made to the disk.
uint64_t powercut_calls(powercut_disk *disk);

// How many bytes a file has now; -1 for one that is not there.
int64_t powercut_size(powercut_disk *disk, const char *path);

// What is left of writes that were not synced.
enum powercut_rest {
  POWERCUT_NOTHING = 0,  // none of them
  POWERCUT_PREFIX = 1,   // those up to a random one, which is torn
  POWERCUT_SUBSET = 2    // any of them, in sectors of 512 bytes
};

// The disk as it is found when the power was cut after so many changes, as file system `name`.
powercut_disk *powercut_cut(
    powercut_disk *disk, uint64_t changes, enum powercut_rest rest, uint64_t seed,
    const char *name);

enum powercut_fault {
  POWERCUT_IO_ERROR = 1,  // any call
  POWERCUT_DISK_FULL = 2, // calls that need space
  POWERCUT_QUOTA = 3      // the same, as of a quota: an I/O error whose errno the file alone keeps
};

// Lets the call after `calls` others fail, of those that the fault concerns; `lasting`: and all
// after it. A write that fails is done in half; a sync that fails loses what it was to keep.
void powercut_fail(powercut_disk *disk, enum powercut_fault fault, uint64_t calls, int lasting);

// Ends the fault. Returns whether it came to a call that failed.
int powercut_heal(powercut_disk *disk);

// Lets a call on a file wait, so that tests know what runs meanwhile: the next sync stops until
// `powercut_release`. `powercut_await_hold` returns when a sync waits.
void powercut_hold_sync(powercut_disk *disk);
void powercut_await_hold(powercut_disk *disk);
void powercut_release(powercut_disk *disk);
