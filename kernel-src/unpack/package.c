#include "kernel-src/unpack/package.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/progress.h"
#include "kernel-src/unpack/bz2.h"
#include "kernel-src/unpack/dsc.h"
#include "kernel-src/unpack/overlay.h"
#include "kernel-src/unpack/stream.h"
#include "kernel-src/unpack/tree.h"
#include "kernel-src/unpack/wanted.h"
#include "kernel-src/unpack/xz.h"

/* Linux 7.2 has 93,000 entries and 1.6 GB; a tree that a probe needs, 100 MB. */
#define ENTRIES_MAX UINT64_C(1000000)
#define BYTES_MAX (UINT64_C(8) << 30)
#define WRITTEN_MAX (UINT64_C(1) << 30)
#define MEMBER_MAX (64u << 20)
#define CHANGED_MAX ((size_t)64 << 20)
#define DEPTH_MAX 3

struct unpack {
	const char *member; /* what package_member() looks for */
	struct buf *text;   /* ... and where it goes */
	struct tree *tree;  /* what package_write() writes */
	const struct package_visitor *visitor; /* of package_visit() */
	struct overlay *overlay; /* of a source package: what it changes in the tree */
	char top[256];	    /* folder around the tree in the archive, "" when there is none */
	bool top_known, found;
	uint64_t entries, bytes, written;
	struct stream *file;
	struct progress progress;
};

static struct err *read_archive(struct unpack *u, struct stream *s, int depth);

static void archive_freep(struct archive **a)
{
	if (*a)
		archive_read_free(*a);
}

static la_ssize_t feed_archive(struct archive *a, void *stream, const void **block)
{
	size_t size = 0;
	struct err *e = stream_read(stream, block, &size);

	if (!e)
		return (la_ssize_t)size;
	archive_set_error(a, err_code(e) == ERR_SYSTEM ? EIO : EILSEQ, "%s",
			  err_text(e));
	err_discard(e);
	return -1;
}

static struct err *archive_error(struct archive *a)
{
	const char *text = archive_error_string(a);

	if (archive_errno(a) == ENOMEM)
		return err_new(ERR_SYSTEM, "out of memory");
	return err_new(archive_errno(a) == EIO ? ERR_SYSTEM : ERR_DATA, "%s",
		       text ? text : "damaged");
}

/* Counts an entry, before a byte of it is read. */
static struct err *charge(struct unpack *u, struct archive_entry *entry)
{
	la_int64_t size = archive_entry_size(entry);

	if (++u->entries > ENTRIES_MAX)
		return err_new(ERR_DATA, "more than %" PRIu64 " members", ENTRIES_MAX);
	if (size < 0 || (uint64_t)size > BYTES_MAX - u->bytes)
		return err_new(ERR_DATA, "holds more than %" PRIu64 " bytes", BYTES_MAX);
	u->bytes += (uint64_t)size;
	progress_update(&u->progress, stream_done(u->file));
	return NULL;
}

/* What s holds unpacked by all cores, when it is an xz or bzip2 stream; the rest is
 * left to libarchive. s is taken over. */
static struct err *open_packed(struct stream *s, struct stream **ret)
{
	struct err *e = xz_open(s, &s);

	return e ? e : bz2_open(s, ret);
}

/* Reads the archive that the current entry of a is. */
static struct err *read_nested(struct unpack *u, struct archive *a, int depth)
{
	CLEANUP(stream_freep) struct stream *s = NULL;
	struct err *e = open_packed(stream_of_entry(a), &s);

	return e ? e : read_archive(u, s, depth + 1);
}

/* --- the tree ------------------------------------------------------------- */

static struct err *write_block(struct unpack *u, int fd, const char *name, const char *block, size_t size)
{
	u->written += size;
	if (u->written > WRITTEN_MAX)
		return err_new(ERR_DATA, "more than %" PRIu64 " bytes to write", WRITTEN_MAX);
	while (size) {
		ssize_t n = write(fd, block, size);

		if (n < 0 && errno != EINTR)
			return err_errno("%s", name);
		block += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
	return NULL;
}

static struct err *write_file(struct unpack *u, struct archive *a, struct archive_entry *entry,
			      const char *name)
{
	CLEANUP(stream_freep) struct stream *s = stream_of_entry(a);
	CLEANUP(close_fd) int fd = -1;
	struct err *e = tree_file(u->tree, name, archive_entry_perm(entry) & 0100, &fd);

	while (!e) {
		const void *block;
		size_t size;

		e = stream_read(s, &block, &size);
		if (e || !size)
			break;
		e = write_block(u, fd, name, block, size);
	}
	return e;
}

/* The current entry of a; *whole is false when it has more than max bytes. */
static struct err *read_entry(struct archive *a, size_t max, struct buf *text, bool *whole)
{
	CLEANUP(stream_freep) struct stream *s = stream_of_entry(a);

	*whole = true;
	for (;;) {
		const void *block;
		size_t size;
		struct err *e = stream_read(s, &block, &size);

		if (e || !size)
			return e;
		*whole = size <= max - text->size;
		if (!*whole)
			return NULL;
		buf_add(text, block, size);
	}
}

static struct err *visit_file(struct unpack *u, struct archive *a, const char *name)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	struct err *e = NULL;
	bool whole = false;

	u->found = true;
	if (u->visitor->wants(name))
		e = read_entry(a, u->visitor->max, &text, &whole);
	if (!e && whole)
		u->visitor->visit(u->visitor->arg, name, buf_str(&text), text.size);
	return e;
}

/* --- what a source package makes of the tree -------------------------------- */

/* Shows a file that was made in memory, or writes it. */
static struct err *take_text(void *arg, const char *name, bool executable, struct buf *text)
{
	CLEANUP(close_fd) int fd = -1;
	struct unpack *u = arg;
	char says = overlay_says(u->overlay, name);
	struct err *e;

	if (says == 'r')
		return NULL;
	if (u->visitor) {
		if (text->size <= u->visitor->max)
			u->visitor->visit(u->visitor->arg, name, buf_str(text), text->size);
		return NULL;
	}
	e = tree_file(u->tree, name, says ? says == 'x' : executable, &fd);
	return e ? e : write_block(u, fd, name, buf_str(text), text->size);
}

/* Whether the source package has something to say about a file of the archive. */
static bool is_changed(const struct unpack *u, const char *name)
{
	return u->overlay && *name && (patch_set_touches(u->overlay->patches, name) || overlay_says(u->overlay, name));
}

static struct err *take_changed(struct unpack *u, struct archive *a, struct archive_entry *entry, const char *name)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	bool needed = u->visitor ? u->visitor->wants(name) : wanted(name), exists, whole;
	bool executable = archive_entry_perm(entry) & 0100;
	struct err *e;

	u->found = true;
	if (!needed && !patch_set_is_source(u->overlay->patches, name))
		return NULL;
	e = read_entry(a, CHANGED_MAX, &text, &whole);
	if (!e && !whole)
		return err_new(ERR_DATA, "%s: patched, and larger than %zu bytes", name, CHANGED_MAX);
	if (!e)
		e = patch_set_apply(u->overlay->patches, name, &text, &exists, &executable);
	if (e || !needed || !exists)
		return e;
	return take_text(u, name, executable, &text);
}

/* Files and links that only the source package has. */
static struct err *take_rest(struct unpack *u)
{
	const struct overlay *o = u->overlay;
	struct err *e = patch_set_rest(o->patches, u->visitor ? u->visitor->wants : wanted, take_text, u);

	for (size_t i = 0; !e && !u->visitor && i < o->count; i++)
		if (o->lines[i].what == 'l' && wanted(o->lines[i].path))
			e = tree_link(u->tree, o->lines[i].path, o->lines[i].target);
	return e;
}

/* Takes the folder around the tree off path. The first member tells which it is.
 * Errors: ERR_DATA: a member that is not in it. */
static struct err *strip_top(struct unpack *u, const char *path, bool folder, const char **ret)
{
	size_t n = strcspn(path, "/");

	if (!*path) {
		*ret = path;
		return NULL;
	}
	if (!u->top_known && (path[n] || folder)) {
		u->top_known = true;
		memcpy(u->top, path, n);
		u->top[n] = '\0';
		if (wanted_is_top(u->top))
			u->top[0] = '\0';
	}
	if (!u->top[0])
		*ret = path;
	else if (strlen(u->top) != n || memcmp(u->top, path, n) != 0)
		return err_new(ERR_DATA, "more than one folder at the top");
	else
		*ret = path + n + (path[n] == '/');
	return NULL;
}

static struct err *take_source(struct unpack *u, struct archive *a, struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry), *hard = archive_entry_hardlink(entry);
	char path[TREE_PATH_MAX], old[TREE_PATH_MAX];
	mode_t type = archive_entry_filetype(entry);
	struct err *e = tree_clean_name(name ? name : "", path);

	if (!e)
		e = strip_top(u, path, type == AE_IFDIR, &name);
	if (e || (type == AE_IFDIR && !hard))
		return e;
	if (!hard && type != AE_IFREG && type != AE_IFLNK)
		return err_new(ERR_DATA, "%s: a device, pipe or socket", path);
	if (!hard && is_changed(u, name)) {
		if (type == AE_IFREG)
			return take_changed(u, a, entry, name);
		if (overlay_says(u->overlay, name) == 'r')
			return NULL;
	}
	if (u->visitor)
		return type == AE_IFREG && !hard ? visit_file(u, a, name) : NULL;
	if (!wanted(name))
		return NULL;
	u->found = true;
	if (hard) {
		const char *first;

		e = tree_clean_name(hard, old);
		if (!e)
			e = strip_top(u, old, false, &first);
		return e ? e : tree_hard_link(u->tree, name, first);
	}
	if (type == AE_IFREG)
		return write_file(u, a, entry, name);
	hard = archive_entry_symlink(entry);
	return tree_link(u->tree, name, hard ? hard : "");
}

/* --- the package ---------------------------------------------------------- */

static bool is_source_tarball(const char *path)
{
	return !fnmatch("usr/src/*.tar.*", path, 0) && !fnmatch("*linux*source*", path, 0);
}

static struct err *read_member(struct unpack *u, struct archive *a)
{
	CLEANUP(archive_freep) struct archive *raw = archive_read_new();
	CLEANUP(stream_freep) struct stream *s = stream_of_entry(a);
	struct archive_entry *entry;

	archive_read_support_format_raw(raw);
	archive_read_support_format_empty(raw);
	archive_read_support_filter_xz(raw);
	archive_read_support_filter_gzip(raw);
	archive_read_support_filter_bzip2(raw);
	archive_read_support_filter_zstd(raw);
	if (archive_read_open(raw, s, NULL, feed_archive, NULL) != ARCHIVE_OK)
		return archive_error(raw);
	switch (archive_read_next_header(raw, &entry)) {
	case ARCHIVE_EOF:
		return NULL;
	case ARCHIVE_OK:
		break;
	default:
		return archive_error(raw);
	}
	for (;;) {
		char chunk[65536];
		la_ssize_t n = archive_read_data(raw, chunk, sizeof(chunk));

		if (n < 0)
			return archive_error(raw);
		if (n == 0)
			return NULL;
		if (u->text->size + (size_t)n > MEMBER_MAX)
			return err_new(ERR_DATA, "larger than %u bytes", MEMBER_MAX);
		buf_add(u->text, chunk, (size_t)n);
	}
}

static struct err *take_payload(struct unpack *u, struct archive *a, struct archive_entry *entry,
				int depth)
{
	const char *name = archive_entry_pathname(entry), *slash;
	char path[TREE_PATH_MAX];
	struct err *e = tree_clean_name(name ? name : "", path);

	if (e || archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
		return e;
	slash = strrchr(path, '/');
	if (u->member) {
		if (fnmatch(u->member, path, 0) && fnmatch(u->member, slash ? slash + 1 : path, 0))
			return NULL;
		u->found = true;
		return err_in(read_member(u, a), "%s", path);
	}
	if (!is_source_tarball(path))
		return NULL;
	e = read_nested(u, a, depth);
	u->found = true;
	return err_in(e, "%s", path);
}

/* Goes through the archive s until what is looked for was found: outermost a .deb
 * (ar) or a tarball, in the .deb its data.tar, in that the source tarball. */
static struct err *read_archive(struct unpack *u, struct stream *s, int depth)
{
	CLEANUP(archive_freep) struct archive *a = archive_read_new();
	bool outermost = depth == 0, innermost = depth == DEPTH_MAX - 1;
	bool package = false;

	archive_read_support_format_tar(a);
	if (outermost)
		archive_read_support_format_ar(a);
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	if (archive_read_open(a, s, NULL, feed_archive, NULL) != ARCHIVE_OK)
		return archive_error(a);
	for (;;) {
		struct archive_entry *entry;
		int status = archive_read_next_header(a, &entry);
		struct err *e;

		if (status == ARCHIVE_EOF)
			return NULL;
		if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
			return archive_error(a);
		e = charge(u, entry);
		package = (archive_format(a) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_AR;
		if (!e && package) {
			const char *name = archive_entry_pathname(entry);

			if (!name || strncmp(name, "data.tar", 8) != 0)
				continue;
			return err_in(read_nested(u, a, depth), "%s", "data.tar");
		}
		if (!e && (innermost || (outermost && !u->member)))
			e = take_source(u, a, entry);
		else if (!e)
			e = take_payload(u, a, entry, depth);
		if (e || (!innermost && depth > 0 && u->found))
			return e;
	}
}

static struct err *read_source(struct unpack *u, const char *source, const char *what)
{
	CLEANUP(stream_freep) struct stream *s = NULL;
	struct stat st = { 0 };
	struct err *e = stream_open_file(source, &s);

	if (e)
		return e;
	u->file = s;
	stat(source, &st);
	progress_init(&u->progress, what, (uint64_t)st.st_size);
	e = open_packed(TAKE(s), &s);
	if (!e)
		e = read_archive(u, s, 0);
	progress_deinit(&u->progress);
	return err_in(e, "%s", source);
}

static bool is_dsc(const char *path)
{
	CLEANUP(close_file) FILE *f = fopen(path, "re");
	char text[64] = "";

	return f && fread(text, 1, sizeof(text) - 1, f) > 0 && dsc_begins(text);
}

/* The package that a .dsc describes, and the folder its files lie in; all of them are whole. */
static struct err *open_dsc(const char *path, struct dsc **d, char **folder)
{
	const char *slash = strrchr(path, '/');
	struct err *e = dsc_read(path, d);

	*folder = slash ? xstrndup(path, (size_t)(slash - path) + (slash == path)) : xstrdup(".");
	return e ? e : dsc_check(*d, *folder);
}

/* The tree of a package, whatever its kind. */
static struct err *read_package(struct unpack *u, const char *source, const char *what)
{
	CLEANUP(overlay_deinit) struct overlay overlay = { 0 };
	CLEANUP(dsc_freep) struct dsc *d = NULL;
	CLEANUP(free_ptr) char *folder = NULL, *original = NULL;
	struct err *e;

	if (!is_dsc(source))
		return read_source(u, source, what);
	e = open_dsc(source, &d, &folder);
	if (!e)
		e = overlay_read(d, folder, &overlay);
	if (e)
		return e;
	original = xasprintf("%s/%s", folder, dsc_file(d, DSC_ORIGINAL)->name);
	u->overlay = &overlay;
	e = read_source(u, original, what);
	if (!e)
		e = err_in(take_rest(u), "%s", source);
	u->overlay = NULL;
	return e;
}

struct err *package_member(const char *deb, const char *member, struct buf *b)
{
	CLEANUP(dsc_freep) struct dsc *d = NULL;
	CLEANUP(free_ptr) char *folder = NULL, *packaging = NULL;
	char path[TREE_PATH_MAX];
	struct unpack u = { .member = path, .text = b };
	struct err *e = tree_clean_name(member + strspn(member, "/"), path);

	if (!e && is_dsc(deb)) {
		e = open_dsc(deb, &d, &folder);
		if (!e && dsc_file(d, DSC_PACKAGING))
			packaging = xasprintf("%s/%s", folder, dsc_file(d, DSC_PACKAGING)->name);
	}
	if (!e && (!d || packaging))
		e = read_source(&u, packaging ? packaging : deb, "unpack");
	if (!e && !u.found)
		return err_new(ERR_ABSENT, "%s: no member %s", deb, member);
	return e;
}

static struct err *no_source(struct err *e, const struct unpack *u, const char *source)
{
	return e || u->found ? e : err_new(ERR_ABSENT, "%s: no kernel source in it", source);
}

struct err *package_visit(const char *source, const struct package_visitor *visitor)
{
	struct unpack u = { .visitor = visitor };

	return no_source(read_package(&u, source, "read"), &u, source);
}

struct err *package_write(const char *source, struct tree *tree)
{
	struct unpack u = { .tree = tree };

	return read_package(&u, source, "unpack");
}
