#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"

typedef struct pc_file {
  sqlite3_file base;
  powercut_disk *disk;
  inode *file;
  int lock;
  int delete_on_close;
  uint16_t shm_shared, shm_exclusive;
  int has_shm;
  int last_error;  // of this file
} pc_file;

// Counts a call and says whether it is the one that fails. With the lock held.
static int fails(powercut_disk *disk, int needs_space) {
  disk->calls++;
  int wants_space = disk->fault == POWERCUT_DISK_FULL || disk->fault == POWERCUT_QUOTA;
  if (!disk->fault || (wants_space && !needs_space)) return 0;
  if (disk->calls_before_fault > 0) {
    disk->calls_before_fault--;
    return 0;
  }
  // A quota that is used up is known to the file alone: by the time that the error is reported, other
  // calls have changed errno.
  disk->last_error = disk->fault == POWERCUT_DISK_FULL ? ENOSPC
                     : disk->fault == POWERCUT_QUOTA   ? 0
                                                       : EIO;
  disk->fault_came = 1;
  if (!disk->fault_lasts) disk->fault = 0;
  return 1;
}

#define ENTER(opened)               \
  pc_file *self = (pc_file *)opened; \
  powercut_disk *disk = self->disk;  \
  pthread_mutex_lock(&disk->lock)
#define LEAVE(code)                       \
  do {                                    \
    int result = (code);                  \
    pthread_mutex_unlock(&disk->lock);    \
    return result;                        \
  } while (0)

// MARK: content

static int pc_read(sqlite3_file *opened, void *target, int size, sqlite3_int64 offset) {
  ENTER(opened);
  if (fails(disk, 0)) LEAVE(SQLITE_IOERR_READ);
  int64_t there = self->file->content.size - offset;
  if (there > size) there = size;
  if (there > 0) memcpy(target, self->file->content.data + offset, (size_t)there);
  if (there >= size) LEAVE(SQLITE_OK);
  if (there < 0) there = 0;
  memset((char *)target + there, 0, (size_t)(size - there));
  LEAVE(SQLITE_IOERR_SHORT_READ);
}

static int pc_write(sqlite3_file *opened, const void *data, int size, sqlite3_int64 offset) {
  ENTER(opened);
  int is_full = disk->fault == POWERCUT_DISK_FULL;
  int error = disk->fault == POWERCUT_QUOTA ? EDQUOT : EIO;
  if (fails(disk, 1)) {
    self->last_error = is_full ? ENOSPC : error;
    disk_write(disk, self->file, data, size / 2, offset);
    LEAVE(is_full ? SQLITE_FULL : SQLITE_IOERR_WRITE);
  }
  disk_write(disk, self->file, data, size, offset);
  LEAVE(SQLITE_OK);
}

static int pc_truncate(sqlite3_file *opened, sqlite3_int64 size) {
  ENTER(opened);
  if (fails(disk, 0)) LEAVE(SQLITE_IOERR_TRUNCATE);
  disk_truncate(disk, self->file, size);
  LEAVE(SQLITE_OK);
}

static int pc_sync(sqlite3_file *opened, int flags) {
  (void)flags;
  ENTER(opened);
  if (disk->hold == 1) {
    disk->hold = 2;
    pthread_cond_broadcast(&disk->held_changed);
    while (disk->hold == 2) pthread_cond_wait(&disk->held_changed, &disk->lock);
  }
  int failed = fails(disk, 0);
  disk_sync(disk, self->file, failed);
  LEAVE(failed ? SQLITE_IOERR_FSYNC : SQLITE_OK);
}

static int pc_file_size(sqlite3_file *opened, sqlite3_int64 *size) {
  ENTER(opened);
  if (fails(disk, 0)) LEAVE(SQLITE_IOERR_FSTAT);
  *size = self->file->content.size;
  LEAVE(SQLITE_OK);
}

// MARK: locks of the database file

static int pc_lock(sqlite3_file *opened, int level) {
  ENTER(opened);
  inode *file = self->file;
  if (self->lock >= level) LEAVE(SQLITE_OK);
  if (fails(disk, 0)) LEAVE(SQLITE_IOERR_LOCK);
  if (level == SQLITE_LOCK_SHARED) {
    if (file->exclusive || file->pending) LEAVE(SQLITE_BUSY);
    file->shared++;
    self->lock = SQLITE_LOCK_SHARED;
    LEAVE(SQLITE_OK);
  }
  if (level == SQLITE_LOCK_RESERVED) {
    if (file->reserved && file->reserved != self) LEAVE(SQLITE_BUSY);
    file->reserved = self;
    self->lock = SQLITE_LOCK_RESERVED;
    LEAVE(SQLITE_OK);
  }
  if (file->pending && file->pending != self) LEAVE(SQLITE_BUSY);
  file->pending = self;
  self->lock = SQLITE_LOCK_PENDING;
  if (level == SQLITE_LOCK_EXCLUSIVE) {
    if (file->shared > 1) LEAVE(SQLITE_BUSY);
    file->exclusive = self;
    self->lock = SQLITE_LOCK_EXCLUSIVE;
  }
  LEAVE(SQLITE_OK);
}

static void unlock_to(pc_file *self, int level) {
  inode *file = self->file;
  if (self->lock <= level) return;
  if (file->exclusive == self) file->exclusive = NULL;
  if (file->pending == self) file->pending = NULL;
  if (file->reserved == self) file->reserved = NULL;
  if (level == SQLITE_LOCK_NONE) file->shared--;
  self->lock = level;
}

static int pc_unlock(sqlite3_file *opened, int level) {
  ENTER(opened);
  unlock_to(self, level);
  LEAVE(SQLITE_OK);
}

static int pc_check_reserved(sqlite3_file *opened, int *result) {
  ENTER(opened);
  if (fails(disk, 0)) LEAVE(SQLITE_IOERR_CHECKRESERVEDLOCK);
  *result = self->file->reserved != NULL;
  LEAVE(SQLITE_OK);
}

// MARK: shared memory of the write-ahead log

static int pc_shm_map(
    sqlite3_file *opened, int region, int size, int extend, void volatile **memory) {
  ENTER(opened);
  inode *file = self->file;
  *memory = NULL;
  self->has_shm = 1;
  if (region >= file->region_count) {
    if (!extend) LEAVE(SQLITE_OK);
    if (fails(disk, !file->had_regions)) LEAVE(SQLITE_IOERR_SHMSIZE);
    file->had_regions = 1;
    file->regions = realloc(file->regions, (size_t)(region + 1) * sizeof *file->regions);
    while (file->region_count <= region)
      file->regions[file->region_count++] = calloc(1, (size_t)size);
  }
  *memory = file->regions[region];
  LEAVE(SQLITE_OK);
}

static int pc_shm_lock(sqlite3_file *opened, int offset, int count, int flags) {
  ENTER(opened);
  inode *file = self->file;
  for (int i = offset; i < offset + count && flags & SQLITE_SHM_LOCK; i++) {
    int others = file->shm_shared[i] - (self->shm_shared >> i & 1);
    if (file->shm_exclusive[i] && file->shm_exclusive[i] != self) LEAVE(SQLITE_BUSY);
    if (flags & SQLITE_SHM_EXCLUSIVE && others > 0) LEAVE(SQLITE_BUSY);
  }
  for (int i = offset; i < offset + count; i++) {
    uint16_t bit = (uint16_t)(1 << i);
    if (flags & SQLITE_SHM_EXCLUSIVE) {
      file->shm_exclusive[i] = flags & SQLITE_SHM_LOCK ? self : NULL;
    } else if (flags & SQLITE_SHM_LOCK && !(self->shm_shared & bit)) {
      file->shm_shared[i]++;
      self->shm_shared |= bit;
    } else if (flags & SQLITE_SHM_UNLOCK && self->shm_shared & bit) {
      file->shm_shared[i]--;
      self->shm_shared &= (uint16_t)~bit;
    }
  }
  LEAVE(SQLITE_OK);
}

static void pc_shm_barrier(sqlite3_file *opened) {
  ENTER(opened);
  pthread_mutex_unlock(&disk->lock);
}

static void release_shm(pc_file *self) {
  inode *file = self->file;
  for (int i = 0; i < 8; i++) {
    if (file->shm_exclusive[i] == self) file->shm_exclusive[i] = NULL;
    if (self->shm_shared >> i & 1) file->shm_shared[i]--;
  }
  self->shm_shared = 0;
  self->has_shm = 0;
}

static int pc_shm_unmap(sqlite3_file *opened, int delete) {
  (void)delete;  // The memory goes with the last handle.
  ENTER(opened);
  release_shm(self);
  LEAVE(SQLITE_OK);
}

// MARK: the rest of a file's methods

static int pc_close(sqlite3_file *opened) {
  ENTER(opened);
  inode *file = self->file;
  unlock_to(self, SQLITE_LOCK_NONE);
  release_shm(self);
  file->handles--;
  if (file->handles == 0) {
    for (int i = 0; i < file->region_count; i++) free(file->regions[i]);
    free(file->regions);
    file->regions = NULL;
    file->region_count = 0;
  }
  if (self->delete_on_close && file->linked) disk_delete(disk, file, 0);
  LEAVE(SQLITE_OK);
}

static int pc_file_control(sqlite3_file *opened, int operation, void *argument) {
  if (operation != SQLITE_FCNTL_LAST_ERRNO) return SQLITE_NOTFOUND;
  *(int *)argument = ((pc_file *)opened)->last_error;
  return SQLITE_OK;
}

static int pc_sector_size(sqlite3_file *opened) {
  (void)opened;
  return 4096;
}

// What SQLite assumes of Linux: a write that is torn leaves its neighbours alone.
static int pc_characteristics(sqlite3_file *opened) {
  (void)opened;
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods methods = {
    2,           pc_close,          pc_read,         pc_write,       pc_truncate,
    pc_sync,     pc_file_size,      pc_lock,         pc_unlock,      pc_check_reserved,
    pc_file_control, pc_sector_size, pc_characteristics, pc_shm_map, pc_shm_lock,
    pc_shm_barrier,  pc_shm_unmap,   0,              0};

// MARK: the file system

static int pc_open(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *opened, int flags, int *flags_out) {
  powercut_disk *disk = vfs->pAppData;
  pc_file *self = (pc_file *)opened;
  memset(self, 0, sizeof *self);
  pthread_mutex_lock(&disk->lock);
  if (fails(disk, 0)) LEAVE(SQLITE_CANTOPEN);
  inode *file = name ? disk_find(disk, name) : NULL;
  if (!file && !(flags & SQLITE_OPEN_CREATE)) LEAVE(SQLITE_CANTOPEN);
  if (!file) {
    file = disk_create(disk, name);
    // As SQLite's own file system for Unix: the first sync of a new journal or log syncs the
    // directory, that of a new database does not.
    file->syncs_directory =
        flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL);
  }
  file->handles++;
  self->disk = disk;
  self->file = file;
  self->delete_on_close = flags & SQLITE_OPEN_DELETEONCLOSE;
  self->base.pMethods = &methods;
  if (flags_out) *flags_out = flags;
  LEAVE(SQLITE_OK);
}

static int pc_delete(sqlite3_vfs *vfs, const char *name, int sync_directory) {
  powercut_disk *disk = vfs->pAppData;
  pthread_mutex_lock(&disk->lock);
  if (fails(disk, 0)) LEAVE(SQLITE_IOERR_DELETE);
  inode *file = disk_find(disk, name);
  if (!file) LEAVE(SQLITE_IOERR_DELETE_NOENT);
  disk_delete(disk, file, sync_directory);
  LEAVE(SQLITE_OK);
}

static int pc_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
  (void)flags;
  powercut_disk *disk = vfs->pAppData;
  pthread_mutex_lock(&disk->lock);
  if (fails(disk, 0)) LEAVE(SQLITE_IOERR_ACCESS);
  *result = disk_find(disk, name) != NULL;
  LEAVE(SQLITE_OK);
}

static int pc_full_path(sqlite3_vfs *vfs, const char *name, int size, char *path) {
  (void)vfs;
  sqlite3_snprintf(size, path, "%s", name);
  return SQLITE_OK;
}

static int pc_randomness(sqlite3_vfs *vfs, int size, char *target) {
  sqlite3_vfs *system = ((powercut_disk *)vfs->pAppData)->system;
  return system->xRandomness(system, size, target);
}

static int pc_sleep(sqlite3_vfs *vfs, int microseconds) {
  sqlite3_vfs *system = ((powercut_disk *)vfs->pAppData)->system;
  return system->xSleep(system, microseconds);
}

static int pc_time(sqlite3_vfs *vfs, double *time) {
  sqlite3_vfs *system = ((powercut_disk *)vfs->pAppData)->system;
  return system->xCurrentTime(system, time);
}

static int pc_last_error(sqlite3_vfs *vfs, int size, char *text) {
  (void)size, (void)text;
  powercut_disk *disk = vfs->pAppData;
  pthread_mutex_lock(&disk->lock);
  LEAVE(disk->last_error);
}

void vfs_register(powercut_disk *disk) {
  disk->system = sqlite3_vfs_find(NULL);
  disk->vfs = (sqlite3_vfs){
      .iVersion = 1,
      .szOsFile = sizeof(pc_file),
      .mxPathname = 1024,
      .zName = disk->name,
      .pAppData = disk,
      .xOpen = pc_open,
      .xDelete = pc_delete,
      .xAccess = pc_access,
      .xFullPathname = pc_full_path,
      .xRandomness = pc_randomness,
      .xSleep = pc_sleep,
      .xCurrentTime = pc_time,
      .xGetLastError = pc_last_error};
  sqlite3_vfs_register(&disk->vfs, 0);
}
