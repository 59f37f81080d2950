#include <stdlib.h>
#include <string.h>

#include "disk.h"

// One file while the log is replayed.
typedef struct survivor {
  const char *name;
  bytes content;     // what is on the platter
  int linked;        // in the directory on the platter
  int created;       // in the directory that was not synced
  int deleted;       // no longer in the directory that was not synced
  uint64_t *unsynced;
  int unsynced_count, unsynced_capacity;
} survivor;

static uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static void apply(survivor *file, const change *entry, int torn, uint64_t *seed) {
  if (entry->kind == CHANGE_TRUNCATE) {
    bytes_resize(&file->content, entry->offset);
    return;
  }
  if (!torn) {
    bytes_write(&file->content, entry->data.data, entry->data.size, entry->offset);
    return;
  }
  // Each sector that the write touches is the old one or the new one.
  for (int64_t start = 0; start < entry->data.size;) {
    int64_t end = start + 512 - (entry->offset + start) % 512;
    if (end > entry->data.size) end = entry->data.size;
    if (next_random(seed) & 1)
      bytes_write(
          &file->content, entry->data.data + start, end - start, entry->offset + start);
    start = end;
  }
}

// What is left of the writes that were not synced.
static void settle(
    powercut_disk *disk, survivor *file, enum powercut_rest rest, uint64_t *seed) {
  uint64_t prefix = file->unsynced_count ? next_random(seed) % (file->unsynced_count + 1) : 0;
  for (int i = 0; i < file->unsynced_count; i++) {
    const change *entry = &disk->changes[file->unsynced[i]];
    if (rest == POWERCUT_PREFIX && (uint64_t)i <= prefix)
      apply(file, entry, (uint64_t)i == prefix, seed);
    if (rest == POWERCUT_SUBSET && next_random(seed) & 1) apply(file, entry, 1, seed);
  }
  file->unsynced_count = 0;
}

static void remember(survivor *file, uint64_t index) {
  if (file->unsynced_count == file->unsynced_capacity) {
    file->unsynced_capacity = file->unsynced_capacity ? 2 * file->unsynced_capacity : 64;
    file->unsynced =
        realloc(file->unsynced, (size_t)file->unsynced_capacity * sizeof *file->unsynced);
  }
  file->unsynced[file->unsynced_count++] = index;
}

// The names as they are now are kept.
static void sync_directory(powercut_disk *disk, survivor *files) {
  for (int i = 0; i < disk->inode_count; i++)
    files[i].linked = files[i].created && !files[i].deleted;
}

static void replay(
    powercut_disk *disk, survivor *files, uint64_t index, enum powercut_rest rest,
    uint64_t *seed) {
  const change *entry = &disk->changes[index];
  survivor *file = &files[entry->inode];
  switch (entry->kind) {
    case CHANGE_CREATE: file->created = 1; break;
    case CHANGE_WRITE:
    case CHANGE_TRUNCATE: remember(file, index); break;
    case CHANGE_SYNC:
      for (int i = 0; i < file->unsynced_count; i++)
        apply(file, &disk->changes[file->unsynced[i]], 0, seed);
      file->unsynced_count = 0;
      if (entry->offset) sync_directory(disk, files);
      break;
    case CHANGE_FAILED_SYNC: settle(disk, file, rest, seed); break;
    case CHANGE_DELETE:
      file->deleted = 1;
      if (entry->offset) sync_directory(disk, files);
      break;
  }
}

// Whether the name is still there: a change of the directory that was not synced may be lost.
static int is_there(const survivor *file, enum powercut_rest rest, uint64_t *seed) {
  if (rest == POWERCUT_NOTHING) return file->linked;
  int now = file->created && !file->deleted;
  return next_random(seed) & 1 ? now : file->linked;
}

void cut_forget(powercut_disk *disk) {
  for (int i = 0; i < disk->replayed_files; i++) {
    free(disk->replayed[i].content.data);
    free(disk->replayed[i].unsynced);
  }
  free(disk->replayed);
  disk->replayed = NULL;
  disk->replayed_files = 0;
  disk->replayed_changes = 0;
}

// Replays the log up to a change, from where the last cut came if that was not later.
static void replay_to(
    powercut_disk *disk, uint64_t changes, enum powercut_rest rest, uint64_t *seed) {
  if (disk->replayed_files != disk->inode_count || disk->replayed_rest != rest
      || disk->replayed_changes > changes) {
    cut_forget(disk);
    disk->replayed = calloc((size_t)disk->inode_count + 1, sizeof *disk->replayed);
    disk->replayed_files = disk->inode_count;
    disk->replayed_rest = rest;
    for (inode *file = disk->inodes; file; file = file->next)
      disk->replayed[file->number].name = file->name;
  }
  while (disk->replayed_changes < changes)
    replay(disk, disk->replayed, disk->replayed_changes++, rest, seed);
}

// What is left of a file, without touching what was replayed.
static survivor settled_copy(
    powercut_disk *disk, int number, enum powercut_rest rest, uint64_t *seed) {
  survivor copy = disk->replayed[number];
  copy.content = bytes_copy(copy.content.data, copy.content.size);
  settle(disk, &copy, rest, seed);
  return copy;
}

powercut_disk *powercut_cut(
    powercut_disk *disk, uint64_t changes, enum powercut_rest rest, uint64_t seed,
    const char *name) {
  powercut_disk *found = powercut_create(name);
  seed = seed * 0x9E3779B97F4A7C15u + 1;
  pthread_mutex_lock(&disk->lock);
  replay_to(disk, changes < disk->change_count ? changes : disk->change_count, rest, &seed);
  for (int i = 0; i < disk->replayed_files; i++) {
    survivor file = settled_copy(disk, i, rest, &seed);
    if (file.name && is_there(&file, rest, &seed) && !disk_find(found, file.name)) {
      inode *kept = disk_create(found, file.name);
      if (file.content.size) disk_write(found, kept, file.content.data, file.content.size, 0);
      kept->syncs_directory = 1;
      disk_sync(found, kept, 0);
    }
    free(file.content.data);
  }
  pthread_mutex_unlock(&disk->lock);
  return found;
}
