#include "kernel-src/unpack/package.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/progress.h"
#include "kernel-src/unpack/bz2.h"
#include "kernel-src/unpack/dsc.h"
#include "kernel-src/unpack/pick.h"
#include "kernel-src/unpack/unarchive.h"
#include "kernel-src/unpack/xz.h"

/* Linux 7.2 has 93,000 entries and 1.6 GB. */
#define ENTRIES_MAX UINT64_C(1000000)
#define BYTES_MAX (UINT64_C(8) << 30)
#define MEMBER_MAX (64u << 20)

/* How archives lie in each other: a .deb (or a tarball) is outermost, in a .deb lies data.tar, in that the
 * archive of the source. */
enum level { OUTERMOST, DATA, INNERMOST };

/* What is looked for: the member of a package, or a tree. */
struct want {
	const char *member; /* NULL: a tree */
	struct buf *text;   /* where the member goes */
	struct pick *pick;  /* what becomes of the tree's members */
	bool found;	    /* the member, or an archive with the tree */
	uint64_t entries, bytes;
	struct stream *file;
	struct progress progress;
};

static struct err *read_archive(struct want *w, struct stream *s, enum level level);

/* Counts an entry, before a byte of it is read. */
static struct err *charge(struct want *w, struct archive_entry *entry)
{
	la_int64_t size = archive_entry_size(entry);

	if (++w->entries > ENTRIES_MAX)
		return err_new(ERR_DATA, "more than %" PRIu64 " members", ENTRIES_MAX);
	if (size < 0 || (uint64_t)size > BYTES_MAX - w->bytes)
		return err_new(ERR_DATA, "holds more than %" PRIu64 " bytes", BYTES_MAX);
	w->bytes += (uint64_t)size;
	progress_update(&w->progress, stream_done(w->file));
	return NULL;
}

/* All cores unpack s when it is an xz or bzip2 stream; libarchive does the rest. s is taken over. */
static struct err *open_packed(struct stream *s, struct stream **ret)
{
	struct err *e = xz_open(s, &s);

	return e ? e : bz2_open(s, ret);
}

/* Reads the archive that the current entry of a is. */
static struct err *read_nested(struct want *w, struct archive *a, enum level level)
{
	CLEANUP(stream_freep) struct stream *s = NULL;
	struct err *e = open_packed(stream_of_entry(a), &s);

	return e ? e : read_archive(w, s, level + 1);
}

static bool is_source_tarball(const char *path)
{
	return !fnmatch("usr/src/*.tar.*", path, 0) && !fnmatch("*linux*source*", path, 0);
}

/* The content of the current entry of a, uncompressed. */
static struct err *read_member(struct want *w, struct archive *a)
{
	CLEANUP(stream_freep) struct stream *s = stream_of_entry(a);
	CLEANUP(unarchive_freep) struct archive *raw = NULL;
	struct archive_entry *entry;
	bool whole;
	struct err *e = unarchive_open(s, UNARCHIVE_RAW | UNARCHIVE_EMPTY, &raw);

	if (e)
		return e;
	e = unarchive_next(raw, &entry);
	if (e || !entry)
		return e;
	e = unarchive_data(raw, MEMBER_MAX, w->text, &whole);
	if (e)
		return e;
	return whole ? NULL : err_new(ERR_DATA, "larger than %u bytes", MEMBER_MAX);
}

/* Takes a member of a package if it is what we look for. */
static struct err *take_payload(struct want *w, struct archive *a, struct archive_entry *entry,
				enum level level)
{
	const char *name = archive_entry_pathname(entry), *slash;
	char path[TREE_PATH_MAX];
	struct err *e = tree_clean_name(name ? name : "", path);

	if (e || archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
		return e;
	slash = strrchr(path, '/');
	if (w->member) {
		if (fnmatch(w->member, path, 0) && fnmatch(w->member, slash ? slash + 1 : path, 0))
			return NULL;
		w->found = true;
		return err_in(read_member(w, a), "%s", path);
	}
	if (!is_source_tarball(path))
		return NULL;
	e = read_nested(w, a, level);
	w->found = true;
	return err_in(e, "%s", path);
}

static bool is_data(struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);

	return name && !strncmp(name, "data.tar", 8);
}

/* Goes through the archive s until we have what we look for. */
static struct err *read_archive(struct want *w, struct stream *s, enum level level)
{
	CLEANUP(unarchive_freep) struct archive *a = NULL;
	bool has_tree = level == INNERMOST || (level == OUTERMOST && !w->member);
	struct err *e = unarchive_open(s, UNARCHIVE_TAR | (level == OUTERMOST ? UNARCHIVE_AR : 0), &a);

	if (e)
		return e;
	for (;;) {
		struct archive_entry *entry;

		e = unarchive_next(a, &entry);
		if (e || !entry)
			return e;
		e = charge(w, entry);
		if (e)
			return e;
		if ((archive_format(a) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_AR) {
			if (is_data(entry))
				return err_in(read_nested(w, a, level), "%s", "data.tar");
			continue;
		}
		e = has_tree ? pick_member(w->pick, a, entry) : take_payload(w, a, entry, level);
		if (e || (level == DATA && w->found))
			return e;
	}
}

/* Reads a file of any of the kinds but .dsc. what: for the progress. */
static struct err *read_source(struct want *w, const char *source, const char *what)
{
	CLEANUP(stream_freep) struct stream *s = NULL;
	struct stat st = { 0 };
	struct err *e = stream_open_file(source, &s);

	if (e)
		return e;
	w->file = s;
	stat(source, &st);
	progress_init(&w->progress, what, (uint64_t)st.st_size);
	e = open_packed(TAKE(s), &s);
	if (!e)
		e = read_archive(w, s, OUTERMOST);
	progress_deinit(&w->progress);
	return err_in(e, "%s", source);
}

/* --- source packages ---------------------------------------------------------- */

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

static struct err *read_source_package(struct want *w, const char *dsc, const char *what)
{
	CLEANUP(overlay_deinit) struct overlay overlay = { 0 };
	CLEANUP(dsc_freep) struct dsc *d = NULL;
	CLEANUP(free_ptr) char *folder = NULL, *original = NULL;
	struct err *e = open_dsc(dsc, &d, &folder);

	if (e)
		return e;
	e = overlay_read(d, folder, &overlay);
	if (e)
		return e;
	original = xasprintf("%s/%s", folder, dsc_file(d, DSC_ORIGINAL)->name);
	w->pick->overlay = &overlay;
	e = read_source(w, original, what);
	if (!e)
		e = err_in(pick_rest(w->pick), "%s", dsc);
	w->pick->overlay = NULL;
	return e;
}

/* --- what callers want ---------------------------------------------------------- */

struct err *package_member(const char *deb, const char *member, struct buf *b)
{
	CLEANUP(dsc_freep) struct dsc *d = NULL;
	CLEANUP(free_ptr) char *folder = NULL, *packaging = NULL;
	char path[TREE_PATH_MAX];
	struct want w = { .member = path, .text = b };
	struct err *e = tree_clean_name(member + strspn(member, "/"), path);

	if (e)
		return e;
	if (is_dsc(deb)) {
		e = open_dsc(deb, &d, &folder);
		if (e)
			return e;
		if (dsc_file(d, DSC_PACKAGING))
			packaging = xasprintf("%s/%s", folder, dsc_file(d, DSC_PACKAGING)->name);
	}
	if (!d || packaging) {
		e = read_source(&w, packaging ? packaging : deb, "unpack");
		if (e)
			return e;
	}
	return w.found ? NULL : err_new(ERR_ABSENT, "%s: no member %s", deb, member);
}

/* The tree of a package, whatever its kind. *found: whether there was one. */
static struct err *read_tree(struct pick *pick, const char *source, const char *what, bool *found)
{
	struct want w = { .pick = pick };
	struct err *e = is_dsc(source) ? read_source_package(&w, source, what) : read_source(&w, source, what);

	*found = w.found || pick->found;
	return e;
}

struct err *package_visit(const char *source, const struct visitor *visitor)
{
	struct pick pick = { .visitor = visitor };
	bool found;
	struct err *e = read_tree(&pick, source, "read", &found);

	if (e)
		return e;
	return found ? NULL : err_new(ERR_ABSENT, "%s: no kernel source in it", source);
}

struct err *package_write(const char *source, struct tree *tree)
{
	struct pick pick = { .tree = tree };
	bool found; /* unpack_tree() looks into the tree */

	return read_tree(&pick, source, "unpack", &found);
}
