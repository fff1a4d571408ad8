#include "kernel-src/unpack/pick.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "kernel-src/unpack/stream.h"
#include "kernel-src/unpack/wanted.h"

#define WRITTEN_MAX (UINT64_C(1) << 30) /* a tree that a probe needs has 100 MB */
#define CHANGED_MAX ((size_t)64 << 20)

/* --- as the archive has it -------------------------------------------------- */

static struct err *write_block(struct pick *p, int fd, const char *name, const char *block, size_t size)
{
	p->written += size;
	if (p->written > WRITTEN_MAX)
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

static struct err *write_file(struct pick *p, struct archive *a, struct archive_entry *entry,
			      const char *name)
{
	CLEANUP(stream_freep) struct stream *s = stream_of_entry(a);
	CLEANUP(close_fd) int fd = -1;
	struct err *e = tree_file(p->tree, name, archive_entry_perm(entry) & 0100, &fd);

	while (!e) {
		const void *block;
		size_t size;

		e = stream_read(s, &block, &size);
		if (e || !size)
			return e;
		e = write_block(p, fd, name, block, size);
	}
	return e;
}

/* Reads the current entry of a; *whole is false when it has more than max bytes. */
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

static struct err *visit_file(struct pick *p, struct archive *a, const char *name)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	struct err *e;
	bool whole;

	p->found = true;
	if (!p->visitor->wants(name))
		return NULL;
	e = read_entry(a, p->visitor->max, &text, &whole);
	if (e)
		return e;
	if (whole)
		p->visitor->visit(p->visitor->arg, name, buf_str(&text), text.size);
	return NULL;
}

/* --- as the overlay changes it ---------------------------------------------- */

/* Shows or writes a file that was made in memory. */
static struct err *take_text(void *arg, const char *name, bool executable, struct buf *text)
{
	CLEANUP(close_fd) int fd = -1;
	struct pick *p = arg;
	enum overlay_action action = overlay_says(p->overlay, name);
	struct err *e;

	if (action == OVERLAY_REMOVES)
		return NULL;
	if (p->visitor) {
		if (text->size <= p->visitor->max)
			p->visitor->visit(p->visitor->arg, name, buf_str(text), text->size);
		return NULL;
	}
	if (action != OVERLAY_SAYS_NOTHING)
		executable = action == OVERLAY_MAKES_EXECUTABLE;
	e = tree_file(p->tree, name, executable, &fd);
	return e ? e : write_block(p, fd, name, buf_str(text), text->size);
}

static bool is_needed(const struct pick *p, const char *name)
{
	return p->visitor ? p->visitor->wants(name) : wanted(name);
}

/* Whether the overlay has something to say about a file of the archive. */
static bool is_changed(const struct pick *p, const char *name)
{
	return p->overlay && *name &&
	       (patch_set_touches(p->overlay->patches, name) || overlay_says(p->overlay, name) != OVERLAY_SAYS_NOTHING);
}

static struct err *take_changed(struct pick *p, struct archive *a, struct archive_entry *entry, const char *name)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	bool needed = is_needed(p, name), exists, whole;
	bool executable = archive_entry_perm(entry) & 0100;
	struct err *e;

	p->found = true;
	if (!needed && !patch_set_is_source(p->overlay->patches, name))
		return NULL;
	e = read_entry(a, CHANGED_MAX, &text, &whole);
	if (e)
		return e;
	if (!whole)
		return err_new(ERR_DATA, "%s: patched, and larger than %zu bytes", name, CHANGED_MAX);
	e = patch_set_apply(p->overlay->patches, name, &text, &exists, &executable);
	if (e || !needed || !exists)
		return e;
	return take_text(p, name, executable, &text);
}

struct err *pick_rest(struct pick *p)
{
	const struct overlay *o = p->overlay;
	struct err *e = patch_set_rest(o->patches, p->visitor ? p->visitor->wants : wanted, take_text, p);

	if (e || p->visitor)
		return e;
	for (size_t i = 0; i < o->link_count; i++) {
		if (!wanted(o->links[i].path))
			continue;
		e = tree_link(p->tree, o->links[i].path, o->links[i].target);
		if (e)
			return e;
	}
	return NULL;
}

/* --- one member --------------------------------------------------------------- */

/* Takes the folder around the tree off path. The first member tells which folder it is.
 * Errors: ERR_DATA: a member that is not in it. */
static struct err *strip_top(struct pick *p, const char *path, bool folder, const char **ret)
{
	size_t n = strcspn(path, "/");

	*ret = path;
	if (!*path)
		return NULL;
	if (!p->top_known && (path[n] || folder)) {
		p->top_known = true;
		memcpy(p->top, path, n);
		p->top[n] = '\0';
		if (wanted_is_top(p->top))
			p->top[0] = '\0';
	}
	if (!p->top[0])
		return NULL;
	if (strlen(p->top) != n || memcmp(p->top, path, n) != 0)
		return err_new(ERR_DATA, "more than one folder at the top");
	*ret = path + n + (path[n] == '/');
	return NULL;
}

static struct err *hard_link(struct pick *p, const char *name, const char *target)
{
	char path[TREE_PATH_MAX];
	const char *first;
	struct err *e = tree_clean_name(target, path);

	if (e)
		return e;
	e = strip_top(p, path, false, &first);
	return e ? e : tree_hard_link(p->tree, name, first);
}

struct err *pick_member(struct pick *p, struct archive *a, struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry), *hard = archive_entry_hardlink(entry), *target;
	char path[TREE_PATH_MAX];
	mode_t type = archive_entry_filetype(entry);
	struct err *e = tree_clean_name(name ? name : "", path);

	if (e)
		return e;
	e = strip_top(p, path, type == AE_IFDIR, &name);
	if (e || (type == AE_IFDIR && !hard))
		return e;
	if (!hard && type != AE_IFREG && type != AE_IFLNK)
		return err_new(ERR_DATA, "%s: a device, pipe or socket", path);
	if (!hard && is_changed(p, name)) {
		if (type == AE_IFREG)
			return take_changed(p, a, entry, name);
		if (overlay_says(p->overlay, name) == OVERLAY_REMOVES)
			return NULL;
	}
	if (p->visitor)
		return type == AE_IFREG && !hard ? visit_file(p, a, name) : NULL;
	if (!wanted(name))
		return NULL;
	p->found = true;
	if (hard)
		return hard_link(p, name, hard);
	if (type == AE_IFREG)
		return write_file(p, a, entry, name);
	target = archive_entry_symlink(entry);
	return tree_link(p->tree, name, target ? target : "");
}
