#include "disk.h"

#include <stdlib.h>
#include <string.h>

// MARK: bytes

void bytes_resize(bytes *target, int64_t size) {
  if (size > target->size) {
    target->data = realloc(target->data, (size_t)size);
    memset(target->data + target->size, 0, (size_t)(size - target->size));
  }
  target->size = size;
}

void bytes_write(bytes *target, const void *data, int64_t size, int64_t offset) {
  if (offset + size > target->size) bytes_resize(target, offset + size);
  memcpy(target->data + offset, data, (size_t)size);
}

bytes bytes_copy(const void *data, int64_t size) {
  bytes copy = {0, 0};
  if (size > 0) bytes_write(&copy, data, size, 0);
  return copy;
}

// MARK: the disk now, and its log

static void log_change(powercut_disk *disk, inode *file, change entry) {
  if (!file->name) return;
  if (disk->change_count == disk->change_capacity) {
    disk->change_capacity = disk->change_capacity ? 2 * disk->change_capacity : 1024;
    disk->changes = realloc(disk->changes, disk->change_capacity * sizeof(change));
  }
  entry.inode = file->number;
  disk->changes[disk->change_count++] = entry;
}

inode *disk_find(powercut_disk *disk, const char *name) {
  for (inode *file = disk->inodes; file; file = file->next)
    if (file->linked && file->name && strcmp(file->name, name) == 0) return file;
  return NULL;
}

static inode *add_inode(powercut_disk *disk, const char *name) {
  inode *file = calloc(1, sizeof *file);
  file->number = disk->inode_count++;
  file->name = name ? strdup(name) : NULL;
  file->linked = name != NULL;
  file->next = disk->inodes;
  disk->inodes = file;
  return file;
}

inode *disk_create(powercut_disk *disk, const char *name) {
  inode *file = add_inode(disk, name);
  log_change(disk, file, (change){.kind = CHANGE_CREATE});
  return file;
}

void disk_write(powercut_disk *disk, inode *file, const void *data, int64_t size, int64_t offset) {
  bytes_write(&file->content, data, size, offset);
  log_change(
      disk, file,
      (change){.kind = CHANGE_WRITE, .offset = offset, .data = bytes_copy(data, size)});
}

void disk_truncate(powercut_disk *disk, inode *file, int64_t size) {
  bytes_resize(&file->content, size);
  log_change(disk, file, (change){.kind = CHANGE_TRUNCATE, .offset = size});
}

void disk_sync(powercut_disk *disk, inode *file, int failed) {
  log_change(
      disk, file,
      (change){
          .kind = failed ? CHANGE_FAILED_SYNC : CHANGE_SYNC, .offset = file->syncs_directory});
  if (!failed) file->syncs_directory = 0;
}

void disk_delete(powercut_disk *disk, inode *file, int synced) {
  file->linked = 0;
  log_change(disk, file, (change){.kind = CHANGE_DELETE, .offset = synced});
}

// MARK: life

powercut_disk *powercut_create(const char *name) {
  powercut_disk *disk = calloc(1, sizeof *disk);
  disk->name = strdup(name);
  pthread_mutex_init(&disk->lock, NULL);
  pthread_cond_init(&disk->held_changed, NULL);
  vfs_register(disk);
  return disk;
}

void powercut_destroy(powercut_disk *disk) {
  sqlite3_vfs_unregister(&disk->vfs);
  cut_forget(disk);
  for (inode *file = disk->inodes, *next; file; file = next) {
    next = file->next;
    for (int i = 0; i < file->region_count; i++) free(file->regions[i]);
    free(file->regions);
    free(file->content.data);
    free(file->name);
    free(file);
  }
  for (uint64_t i = 0; i < disk->change_count; i++) free(disk->changes[i].data.data);
  free(disk->changes);
  free(disk->name);
  pthread_mutex_destroy(&disk->lock);
  pthread_cond_destroy(&disk->held_changed);
  free(disk);
}

uint64_t powercut_changes(powercut_disk *disk) {
  pthread_mutex_lock(&disk->lock);
  uint64_t count = disk->change_count;
  pthread_mutex_unlock(&disk->lock);
  return count;
}

uint64_t powercut_calls(powercut_disk *disk) {
  pthread_mutex_lock(&disk->lock);
  uint64_t count = disk->calls;
  pthread_mutex_unlock(&disk->lock);
  return count;
}

int64_t powercut_size(powercut_disk *disk, const char *path) {
  pthread_mutex_lock(&disk->lock);
  inode *file = disk_find(disk, path);
  int64_t size = file ? file->content.size : -1;
  pthread_mutex_unlock(&disk->lock);
  return size;
}

void powercut_fail(powercut_disk *disk, enum powercut_fault fault, uint64_t calls, int lasting) {
  pthread_mutex_lock(&disk->lock);
  disk->fault = fault;
  disk->calls_before_fault = calls;
  disk->fault_lasts = lasting;
  disk->fault_came = 0;
  pthread_mutex_unlock(&disk->lock);
}

int powercut_heal(powercut_disk *disk) {
  pthread_mutex_lock(&disk->lock);
  disk->fault = 0;
  int came = disk->fault_came;
  pthread_mutex_unlock(&disk->lock);
  return came;
}

void powercut_hold_sync(powercut_disk *disk) {
  pthread_mutex_lock(&disk->lock);
  disk->hold = 1;
  pthread_mutex_unlock(&disk->lock);
}

void powercut_await_hold(powercut_disk *disk) {
  pthread_mutex_lock(&disk->lock);
  while (disk->hold != 2) pthread_cond_wait(&disk->held_changed, &disk->lock);
  pthread_mutex_unlock(&disk->lock);
}

void powercut_release(powercut_disk *disk) {
  pthread_mutex_lock(&disk->lock);
  disk->hold = 0;
  pthread_cond_broadcast(&disk->held_changed);
  pthread_mutex_unlock(&disk->lock);
}
