#include "kernel-src/unpack/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "kernel-src/unpack/package.h"
#include "kernel-src/unpack/tree.h"
#include "kernel-src/unpack/wanted.h"

#define STAMP ".farwalk-source" /* says what OUT was made of */

/* --- every file once, nothing written --------------------------------------- */

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void close_fts(FTS **fts)
{
	if (*fts)
		fts_close(*fts);
}

static struct err *visit_folder(const char *tree, const struct visitor *visitor)
{
	CLEANUP(free_ptr) char *real = realpath(tree, NULL);
	char *const roots[] = { real, NULL };
	CLEANUP(close_fts) FTS *fts = real ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name) : NULL;
	size_t skip = real ? strlen(real) + 1 : 0;

	if (!fts)
		return err_errno("%s", tree);
	for (FTSENT *f; (f = fts_read(fts));) {
		CLEANUP(buf_deinit) struct buf text = BUF_INIT;
		struct err *e;

		if (f->fts_info != FTS_F || !visitor->wants(f->fts_path + skip) ||
		    (size_t)f->fts_statp->st_size > visitor->max)
			continue;
		e = file_read(f->fts_path, visitor->max, &text);
		if (e)
			return e;
		visitor->visit(visitor->arg, f->fts_path + skip, buf_str(&text), text.size);
	}
	return NULL;
}

struct err *unpack_visit(const char *source, const struct visitor *visitor)
{
	struct stat st;

	if (stat(source, &st) < 0)
		return err_errno("%s", source);
	return S_ISDIR(st.st_mode) ? visit_folder(source, visitor) : package_visit(source, visitor);
}

/* --- OUT, whole or not at all ---------------------------------------------- */

static const char *const must_have[] = { "Makefile", "Kconfig", "scripts/Makefile.build",
					 "arch/x86/Makefile", "include/linux/sched.h" };

static struct err *check_tree(const char *source, const char *tree)
{
	for (size_t i = 0; i < sizeof(must_have) / sizeof(must_have[0]); i++) {
		CLEANUP(free_ptr) char *path = xasprintf("%s/%s", tree, must_have[i]);

		if (!file_exists(path))
			return err_new(ERR_ABSENT, "%s: no kernel source in it: no %s", source,
				       must_have[i]);
	}
	return NULL;
}

/* What the tree in OUT is made of: the source file, and the table of wanted files. */
static char *stamp_text(const char *source, const struct stat *st)
{
	const char *slash = strrchr(source, '/');

	return xasprintf("%s %" PRIu64 " %" PRIu64 " %08" PRIx32 "\n", slash ? slash + 1 : source,
			 (uint64_t)st->st_size, (uint64_t)st->st_mtime, wanted_version());
}

static bool is_current(const char *out, const char *stamp)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s/" STAMP, out);
	CLEANUP(buf_deinit) struct buf old = BUF_INIT;
	struct err *e = file_read(path, 4096, &old);
	bool same = !e && !strcmp(buf_str(&old), stamp);

	err_discard(e);
	return same;
}

static struct err *fill_tree(const char *source, const char *fresh)
{
	CLEANUP(tree_freep) struct tree *tree = NULL;
	struct err *e = tree_create(fresh, &tree);

	if (e)
		return e;
	e = package_write(source, tree);
	if (!e)
		e = tree_finish(tree);
	if (err_is_fatal(e))
		return err_in(e, "unpacking to %s", fresh);
	return e ? e : check_tree(source, fresh);
}

/* Puts fresh in the place of out, which is a tree or link that this program made. */
static struct err *replace(const char *fresh, const char *out)
{
	struct stat st;

	if (!lstat(out, &st)) {
		struct err *e = tree_remove(out);

		if (e)
			return e;
	}
	return rename(fresh, out) < 0 ? err_errno("%s", out) : NULL;
}

static struct err *use_folder(const char *source, const char *out, const char *fresh)
{
	CLEANUP(free_ptr) char *real = realpath(source, NULL);
	struct err *e = check_tree(source, source);

	if (e)
		return e;
	if (!real || (unlink(fresh) < 0 && errno != ENOENT) || symlink(real, fresh) < 0)
		return err_errno("%s", out);
	return replace(fresh, out);
}

/* This program removes no OUT that it did not make. */
static struct err *check_out(const char *out)
{
	CLEANUP(free_ptr) char *stamp = xasprintf("%s/" STAMP, out);
	struct stat st;

	if (lstat(out, &st) < 0 || S_ISLNK(st.st_mode) || file_exists(stamp) || !rmdir(out))
		return NULL;
	return err_new(ERR_USAGE, "%s: exists, and was not made by unpack", out);
}

static struct err *lock_out(const char *out, int *ret)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s.lock", out);
	CLEANUP(free_ptr) char *parent = xstrdup(out);
	char *slash = strrchr(parent, '/');
	struct err *e;
	int fd;

	if (slash && slash > parent) {
		*slash = '\0';
		e = file_make_dirs(parent);
		if (e)
			return e;
	}
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return err_errno("%s", path);
	*ret = fd;
	return NULL;
}

static struct err *make_tree(const char *source, const struct stat *st, const char *out,
			     const char *fresh)
{
	CLEANUP(free_ptr) char *stamp = stamp_text(source, st);
	CLEANUP(free_ptr) char *path = xasprintf("%s/" STAMP, fresh);
	struct err *e = tree_remove(fresh);

	if (e)
		return e;
	e = fill_tree(source, fresh);
	if (e)
		return e;
	e = file_write(path, stamp, strlen(stamp), NULL);
	return e ? e : replace(fresh, out);
}

static struct err *unpack_file(const char *source, const struct stat *st, const char *out,
			       const char *fresh)
{
	struct err *e = make_tree(source, st, out, fresh);

	if (e)
		err_discard(tree_remove(fresh));
	return e;
}

struct err *unpack_tree(const char *source, const char *out, bool *fresh)
{
	CLEANUP(free_ptr) char *fresh_out = xasprintf("%s.new", out);
	CLEANUP(free_ptr) char *stamp = NULL;
	CLEANUP(close_fd) int lock = -1;
	struct stat st;
	struct err *e;

	if (stat(source, &st) < 0)
		return err_errno("%s", source);
	e = lock_out(out, &lock);
	if (e)
		return e;
	stamp = stamp_text(source, &st);
	*fresh = S_ISDIR(st.st_mode) || !is_current(out, stamp);
	if (!*fresh)
		return NULL;
	e = check_out(out);
	if (e)
		return e;
	return S_ISDIR(st.st_mode) ? use_folder(source, out, fresh_out)
				   : unpack_file(source, &st, out, fresh_out);
}
