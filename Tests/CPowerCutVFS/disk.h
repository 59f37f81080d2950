#pragma once
#include <pthread.h>
#include <sqlite3.h>
#include <stdint.h>

#include "CPowerCutVFS.h"

typedef struct bytes {
  unsigned char *data;
  int64_t size;
} bytes;

typedef struct shm_region {
  void *memory;
  struct shm_region *next;
} shm_region;

struct pc_file;

// A file, whether it has a name or not.
typedef struct inode {
  int number;
  char *name;  // NULL: temporary
  int linked;  // in the directory now
  int syncs_directory;  // the next sync keeps the names of the directory too
  bytes content;
  int handles;
  // Locks of the database file.
  int shared;
  struct pc_file *reserved, *pending, *exclusive;
  // Shared memory of the write-ahead log.
  void **regions;
  int region_count;
  int had_regions;  // its file has room for them since then
  int shm_shared[8];
  struct pc_file *shm_exclusive[8];
  struct inode *next;
} inode;

enum change_kind {
  CHANGE_CREATE,
  CHANGE_WRITE,
  CHANGE_TRUNCATE,
  CHANGE_SYNC,
  CHANGE_FAILED_SYNC,
  CHANGE_DELETE
};

typedef struct change {
  enum change_kind kind;
  int inode;
  int64_t offset;  // of a write; size of a truncation; else whether the directory is synced too
  bytes data;
} change;

struct survivor;

struct powercut_disk {
  sqlite3_vfs vfs;
  sqlite3_vfs *system;
  char *name;
  pthread_mutex_t lock;
  pthread_cond_t held_changed;
  inode *inodes;
  int inode_count;
  change *changes;
  uint64_t change_count, change_capacity;
  uint64_t calls;
  enum powercut_fault fault;
  uint64_t calls_before_fault;
  int fault_lasts, fault_came;
  int last_error;
  // The log replayed so far, for the next cut, which is usually a bit later.
  struct survivor *replayed;
  int replayed_files;
  uint64_t replayed_changes;
  enum powercut_rest replayed_rest;
  int hold;  // 0 no, 1 the next sync, 2 a sync waits
};

inode *disk_find(powercut_disk *disk, const char *name);
inode *disk_create(powercut_disk *disk, const char *name);
void disk_write(powercut_disk *disk, inode *file, const void *data, int64_t size, int64_t offset);
void disk_truncate(powercut_disk *disk, inode *file, int64_t size);
void disk_sync(powercut_disk *disk, inode *file, int failed);
void disk_delete(powercut_disk *disk, inode *file, int synced);
void bytes_write(bytes *target, const void *data, int64_t size, int64_t offset);
void bytes_resize(bytes *target, int64_t size);
bytes bytes_copy(const void *data, int64_t size);
void cut_forget(powercut_disk *disk);

// Fills in the methods of the file system and registers it.
void vfs_register(powercut_disk *disk);
