#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

struct err *file_read(const char *path, size_t max, struct buf *b)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	buf_clear(b);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno("%s", path);
	if (S_ISDIR(st.st_mode))
		return err_new(ERR_SYSTEM, "%s: is a directory", path);
	if (S_ISREG(st.st_mode) && st.st_size > 0 && (size_t)st.st_size <= max)
		buf_reserve(b, (size_t)st.st_size);
	for (;;) {
		char chunk[65536];
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno("%s", path);
		if (n == 0)
			return NULL;
		if ((size_t)n > max - b->size)
			return err_new(ERR_DATA, "%s: larger than %zu bytes", path, max);
		buf_add(b, chunk, (size_t)n);
	}
}

ssize_t file_read_at(int fd, uint64_t offset, void *to, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(fd, (char *)to + done, size - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static bool file_holds(const char *path, const void *data, size_t size)
{
	CLEANUP(buf_deinit) struct buf old = BUF_INIT;
	struct err *e = file_read(path, size, &old);

	if (e) {
		err_discard(e);
		return false;
	}
	return old.size == size && (!size || !memcmp(old.data, data, size));
}

static struct err *write_all(int fd, const char *path, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno("%s", path);
		data += n;
		size -= (size_t)n;
	}
	return fsync(fd) < 0 && errno != EINVAL ? err_errno("%s", path) : NULL;
}

struct err *file_write(const char *path, const void *data, size_t size, bool *changed)
{
	bool same = file_holds(path, data, size);
	CLEANUP(free_ptr) char *fresh = NULL;
	CLEANUP(close_fd) int fd = -1;
	struct err *e;

	if (changed)
		*changed = !same;
	if (same)
		return NULL;
	fresh = xasprintf("%s.new", path);
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_errno("%s", fresh);
	e = write_all(fd, fresh, data, size);
	if (!e && rename(fresh, path) < 0)
		e = err_errno("%s", path);
	if (e)
		unlink(fresh);
	return e;
}

struct err *file_make_dirs(const char *path)
{
	CLEANUP(free_ptr) char *copy = xstrdup(path);

	for (char *p = copy + (*copy == '/'); *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0777) < 0 && errno != EEXIST)
			return err_errno("%s", copy);
		*p = '/';
	}
	if (mkdir(copy, 0777) < 0 && errno != EEXIST)
		return err_errno("%s", copy);
	return NULL;
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}
