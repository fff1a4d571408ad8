#include "kernel-src/unpack/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/vec.h"

#define LINKS_MAX 4096

struct link {
	char *name, *target;
};

struct tree {
	int top;	   /* the folder itself */
	int folder;	   /* the one files were last written to */
	char *folder_name; /* its path from the top */
	struct link *links;
	size_t count, capacity;
};

/* ERR_DATA about a name out of the archive, escaped. */
static struct err *bad_name(const char *name, const char *why)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	escape_text(&b, name, strnlen(name, 200));
	return err_new(ERR_DATA, "%s: %s", buf_str(&b), why);
}

struct err *tree_clean_name(const char *name, char *path)
{
	size_t size = 0, depth = 0;

	if (!*name)
		return err_new(ERR_DATA, "a member without a name");
	if (*name == '/')
		return bad_name(name, "an absolute name");
	for (const char *p = name; *p;) {
		size_t n = strcspn(p, "/");

		if (n == 2 && p[0] == '.' && p[1] == '.')
			return bad_name(name, "leads out of the tree with \"..\"");
		for (size_t i = 0; i < n; i++)
			if ((unsigned char)p[i] < 0x20 || p[i] == 0x7f)
				return bad_name(name, "a control character in a name");
		if (n > 255 || size + n + 2 > TREE_PATH_MAX)
			return bad_name(name, "a name too long");
		if (n && !(n == 1 && *p == '.')) {
			if (++depth > TREE_DEPTH_MAX)
				return bad_name(name, "folders nested too deep");
			if (size)
				path[size++] = '/';
			memcpy(path + size, p, n);
			size += n;
		}
		p += n + (p[n] == '/');
	}
	path[size] = '\0';
	return NULL;
}

struct err *tree_create(const char *path, struct tree **ret)
{
	if (mkdir(path, 0777) < 0)
		return err_errno("%s", path);
	return tree_open(path, ret);
}

struct err *tree_open(const char *path, struct tree **ret)
{
	struct tree *t;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return err_errno("%s", path);
	t = xcalloc(1, sizeof(*t));
	t->top = fd;
	t->folder = -1;
	*ret = t;
	return NULL;
}

void tree_free(struct tree *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->count; i++) {
		free(t->links[i].name);
		free(t->links[i].target);
	}
	free(t->links);
	free(t->folder_name);
	close_fd(&t->folder);
	close_fd(&t->top);
	free(t);
}

/* Opens the folder path[0..size) and makes what is missing of it. */
static struct err *open_folder(struct tree *t, const char *path, size_t size, int *ret)
{
	CLEANUP(close_fd) int at = dup(t->top);

	for (size_t start = 0; start < size;) {
		CLEANUP(free_ptr) char *name = NULL;
		size_t n = strcspn(path + start, "/");
		int next;

		if (start + n > size)
			n = size - start;
		name = xstrndup(path + start, n);
		if (mkdirat(at, name, 0777) < 0 && errno != EEXIST)
			return err_errno("%s", path);
		next = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0 && (errno == ENOTDIR || errno == ELOOP))
			return bad_name(path, "below something that is not a folder");
		if (next < 0)
			return err_errno("%s", path);
		close(at);
		at = next;
		start += n + 1;
	}
	if (at < 0)
		return err_errno("%s", path);
	*ret = at;
	at = -1; /* the caller's now */
	return NULL;
}

/* Makes t->folder the folder of name; *base is name's last component. */
static struct err *enter_folder(struct tree *t, const char *name, const char **base)
{
	const char *slash = strrchr(name, '/');
	size_t size = slash ? (size_t)(slash - name) : 0;
	struct err *e;
	int fd = -1;

	*base = slash ? slash + 1 : name;
	if (!**base)
		return bad_name(name, "names a folder");
	if (t->folder >= 0 && strlen(t->folder_name) == size && !memcmp(t->folder_name, name, size))
		return NULL;
	e = open_folder(t, name, size, &fd);
	if (e)
		return e;
	close_fd(&t->folder);
	free(t->folder_name);
	t->folder = fd;
	t->folder_name = xstrndup(name, size);
	return NULL;
}

static struct err *make_error(const char *name)
{
	if (errno == EEXIST)
		return bad_name(name, "comes twice");
	return err_errno("%s", name);
}

struct err *tree_file(struct tree *t, const char *name, bool executable, int *fd)
{
	const char *base;
	struct err *e = enter_folder(t, name, &base);
	int made;

	if (e)
		return e;
	made = openat(t->folder, base, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      executable ? 0777 : 0666);
	if (made < 0)
		return make_error(name);
	*fd = made;
	return NULL;
}

struct err *tree_read(struct tree *t, const char *name, size_t max, struct buf *b, bool *executable)
{
	CLEANUP(close_fd) int fd = -1;
	const char *base;
	struct stat st;
	struct err *e;

	if (fstatat(t->top, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return err_new(ERR_ABSENT, "%s: no such file", name);
	e = enter_folder(t, name, &base);
	if (e)
		return e;
	fd = openat(t->folder, base, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_errno("%s", name);
	*executable = st.st_mode & 0100;
	for (uint64_t done = 0;;) {
		char chunk[65536];
		ssize_t n = file_read_at(fd, done, chunk, sizeof(chunk));

		if (n < 0)
			return err_errno("%s", name);
		if (!n)
			return NULL;
		done += (uint64_t)n;
		if (done > max)
			return bad_name(name, "a file too large");
		buf_add(b, chunk, (size_t)n);
	}
}

struct err *tree_delete(struct tree *t, const char *name)
{
	const char *base;
	struct err *e = enter_folder(t, name, &base);

	if (e)
		return e;
	return unlinkat(t->folder, base, 0) < 0 && errno != ENOENT ? err_errno("%s", name) : NULL;
}

struct err *tree_replace(struct tree *t, const char *name, bool executable, const struct buf *b)
{
	CLEANUP(close_fd) int fd = -1;
	const char *at = buf_str(b);
	struct err *e = tree_delete(t, name);

	if (e)
		return e;
	e = tree_file(t, name, executable, &fd);
	if (e)
		return e;
	for (size_t left = b->size; left;) {
		ssize_t n = write(fd, at, left);

		if (n < 0 && errno != EINTR)
			return err_errno("%s", name);
		at += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
	return NULL;
}

struct err *tree_hard_link(struct tree *t, const char *name, const char *old)
{
	const char *base;
	struct err *e = enter_folder(t, name, &base);

	if (e)
		return e;
	if (!linkat(t->top, old, t->folder, base, 0))
		return NULL;
	if (errno == ENOENT)
		return bad_name(name, "a second name for a file that did not come before it");
	return make_error(name);
}

/* Follows target from the folder of name, component by component, and calls visit,
 * where given, for each folder on the way. Errors: ERR_DATA: it leads out. */
static struct err *walk_target(struct tree *t, const char *name, const char *target,
			       struct err *(*visit)(struct tree *t, const char *path))
{
	const char *slash = strrchr(name, '/');
	char path[2 * TREE_PATH_MAX];
	size_t size = slash ? (size_t)(slash - name) : 0;

	memcpy(path, name, size);
	path[size] = '\0';
	for (const char *p = target; *p;) {
		size_t n = strcspn(p, "/");
		struct err *e;

		if (n == 2 && p[0] == '.' && p[1] == '.') {
			if (!size)
				return bad_name(name, "a link that leads out of the tree");
			while (size && path[size - 1] != '/')
				size--;
			size -= size > 0;
		} else if (n && !(n == 1 && *p == '.')) {
			if (size)
				path[size++] = '/';
			memcpy(path + size, p, n);
			size += n;
		}
		path[size] = '\0';
		p += n + (p[n] == '/');
		e = visit && *p ? visit(t, path) : NULL;
		if (e)
			return err_in(e, "%s", name);
	}
	return NULL;
}

struct err *tree_link(struct tree *t, const char *name, const char *target)
{
	struct err *e;

	if (!*name)
		return err_new(ERR_DATA, "the tree itself is a link");
	if (!*target || *target == '/' || strlen(target) >= TREE_PATH_MAX)
		return bad_name(name, "a link that leads out of the tree");
	if (t->count == LINKS_MAX)
		return err_new(ERR_DATA, "more than %d links", LINKS_MAX);
	e = walk_target(t, name, target, NULL);
	if (e)
		return e;
	*vec_add(t->links, t->count, t->capacity) = (struct link){ xstrdup(name), xstrdup(target) };
	return NULL;
}

static struct err *refuse_link(struct tree *t, const char *path)
{
	struct stat st;

	if (*path && !fstatat(t->top, path, &st, AT_SYMLINK_NOFOLLOW) && S_ISLNK(st.st_mode))
		return bad_name(path, "a link that leads through another link");
	return NULL;
}

struct err *tree_finish(struct tree *t)
{
	for (size_t i = 0; i < t->count; i++) {
		const char *name = t->links[i].name, *base;
		struct err *e = enter_folder(t, name, &base);

		if (e)
			return e;
		if (symlinkat(t->links[i].target, t->folder, base) < 0)
			return make_error(name);
	}
	for (size_t i = 0; i < t->count; i++) {
		struct err *e = walk_target(t, t->links[i].name, t->links[i].target, refuse_link);

		if (e)
			return e;
	}
	return NULL;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

struct err *tree_remove(const char *path)
{
	if (nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0 && errno != ENOENT)
		return err_errno("%s", path);
	return NULL;
}
