/* file: reads whole files up to a maximum, and writes files whole or not at all. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Reads PATH to its end into b, which is cleared first.
 * Errors: ERR_SYSTEM naming PATH; ERR_DATA: it holds more than max bytes. */
struct err *file_read(const char *path, size_t max, struct buf *b) MUST_CHECK;

/* Reads up to size bytes from offset on, less only at the end of the file. Returns how many, or -1
 * and errno. */
ssize_t file_read_at(int fd, uint64_t offset, void *to, size_t size);

/* Makes PATH hold exactly these bytes: writes PATH.new, syncs it and renames it over PATH. When
 * PATH holds them already, it stays untouched, its time too, so that make rebuilds nothing that
 * depends on it. *changed (which may be NULL) says whether PATH was written. */
struct err *file_write(const char *path, const void *data, size_t size, bool *changed) MUST_CHECK;

/* mkdir -p */
struct err *file_make_dirs(const char *path) MUST_CHECK;

bool file_exists(const char *path);

#endif
