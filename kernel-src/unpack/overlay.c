#include "kernel-src/unpack/overlay.h"

#include <archive.h>
#include <archive_entry.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "kernel-src/unpack/tree.h"

#define DIFF_MAX ((size_t)1 << 30)
#define PATCH_MAX ((size_t)64 << 20)
#define MEMBERS_MAX 100000u
#define LINES_MAX 20000u

static void archive_freep(struct archive **a)
{
	if (*a)
		archive_read_free(*a);
}

void overlay_deinit(struct overlay *o)
{
	for (size_t i = 0; i < o->count; i++) {
		free(o->lines[i].path);
		free(o->lines[i].target);
	}
	free(o->lines);
	patch_set_free(o->patches);
	*o = (struct overlay){ 0 };
}

static struct err *archive_error(struct archive *a)
{
	const char *text = archive_error_string(a);

	return err_new(ERR_DATA, "%s", text ? text : "damaged");
}

static struct err *open_archive(const char *path, bool raw, struct archive **ret)
{
	CLEANUP(archive_freep) struct archive *a = archive_read_new();

	if (raw)
		archive_read_support_format_raw(a);
	else
		archive_read_support_format_tar(a);
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	if (archive_read_open_filename(a, path, 1 << 20) != ARCHIVE_OK)
		return archive_error(a);
	*ret = TAKE(a);
	return NULL;
}

static struct err *read_data(struct archive *a, size_t max, struct buf *b)
{
	for (;;) {
		char chunk[65536];
		la_ssize_t n = archive_read_data(a, chunk, sizeof(chunk));

		if (n < 0)
			return archive_error(a);
		if (n == 0)
			return NULL;
		if ((size_t)n > max - b->size)
			return err_new(ERR_DATA, "holds more than %zu bytes", max);
		buf_add(b, chunk, (size_t)n);
	}
}

/* --- format 1.0 --------------------------------------------------------------- */

static struct err *read_diff(struct overlay *o, const char *path, const char *name)
{
	CLEANUP(archive_freep) struct archive *a = NULL;
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	struct archive_entry *entry;
	struct err *e = open_archive(path, true, &a);

	if (!e && archive_read_next_header(a, &entry) != ARCHIVE_OK)
		e = archive_error(a);
	if (!e)
		e = read_data(a, DIFF_MAX, &text);
	return e ? e : patch_set_add(o->patches, name, &text);
}

/* The next word in single quotes of line; NULL: there is none. */
static char *quoted(const char **line)
{
	const char *from = strchr(*line, '\''), *to = from ? strchr(from + 1, '\'') : NULL;

	if (!to)
		return NULL;
	*line = to + 1;
	return xstrndup(from + 1, (size_t)(to - from) - 1);
}

static struct err *take_line(struct overlay *o, const char *line)
{
	static const struct {
		const char *words;
		char what;
	} forms[] = { { "chmod +x '", 'x' }, { "chmod -x '", '-' }, { "rm -f '", 'r' }, { "ln -sf '", 'l' } };
	CLEANUP(free_ptr) char *first = NULL, *second = NULL;
	const char *test = strncmp(line, "[ ! -L '", 8) ? NULL : strstr(line, "] && ");
	char path[TREE_PATH_MAX];
	struct err *e;

	line = test ? test + 5 : line;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (strncmp(line, forms[i].words, strlen(forms[i].words)) != 0)
			continue;
		first = quoted(&line);
		if (forms[i].what == 'l')
			second = quoted(&line);
		if (!first || (forms[i].what == 'l' && !second))
			return NULL;
		e = tree_clean_name(second ? second : first, path);
		if (e)
			return e;
		if (o->count == LINES_MAX)
			return err_new(ERR_DATA, "more than %u lines", LINES_MAX);
		o->lines = xrealloc(o->lines, o->count + 1, sizeof(*o->lines));
		o->lines[o->count++] = (struct overlay_line){ forms[i].what, xstrdup(path), second ? TAKE(first) : NULL };
		return NULL;
	}
	return NULL;
}

/* Status: a kernel of another packaging has none. */
static struct err *read_reconstruct(struct overlay *o)
{
	CLEANUP(buf_deinit) struct buf env = BUF_INIT, script = BUF_INIT;
	CLEANUP(free_ptr) char *folder = NULL, *path = NULL;
	struct err *e = patch_set_new_file(o->patches, "debian/debian.env", &env);
	const char *value = e ? NULL : strstr(buf_str(&env), "DEBIAN=");

	if (e && err_code(e) != ERR_ABSENT)
		return e;
	err_discard(e);
	folder = value ? xstrndup(value + 7, strspn(value + 7, "abcdefghijklmnopqrstuvwxyz0123456789.+-")) : xstrdup("debian");
	path = xasprintf("%s/reconstruct", folder);
	e = patch_set_new_file(o->patches, path, &script);
	if (e && err_code(e) == ERR_ABSENT) {
		err_discard(e);
		return NULL;
	}
	for (char *line = e ? NULL : script.data, *end; !e && line && *line; line = end) {
		end = strchrnul(line, '\n');
		if (*end)
			*end++ = '\0';
		e = err_in(take_line(o, line), "%s", path);
	}
	return e;
}

/* --- format 3.0 --------------------------------------------------------------- */

struct member {
	char *name; /* below debian/patches/ */
	struct buf text;
};

struct members {
	struct member *members;
	size_t count, room, size;
};

static void members_deinit(struct members *m)
{
	for (size_t i = 0; i < m->count; i++) {
		buf_deinit(&m->members[i].text);
		free(m->members[i].name);
	}
	free(m->members);
}

static struct err *add_member(struct members *m, struct archive *a, const char *name)
{
	struct member *member;
	struct err *e;

	if (m->count == MEMBERS_MAX)
		return err_new(ERR_DATA, "more than %u patches", MEMBERS_MAX);
	if (m->count == m->room) {
		m->room = m->room ? 2 * m->room : 256;
		m->members = xrealloc(m->members, m->room, sizeof(*m->members));
	}
	member = &m->members[m->count++];
	*member = (struct member){ xstrdup(name), BUF_INIT };
	e = read_data(a, PATCH_MAX, &member->text);
	m->size += member->text.size;
	if (!e && m->size > DIFF_MAX)
		return err_new(ERR_DATA, "patches of more than %zu bytes", DIFF_MAX);
	return e;
}

static struct err *read_members(struct archive *a, struct members *m)
{
	static const char folder[] = "debian/patches/";

	for (unsigned count = 0;; count++) {
		struct archive_entry *entry;
		char path[TREE_PATH_MAX];
		int status = archive_read_next_header(a, &entry);
		const char *name;
		struct err *e;

		if (status == ARCHIVE_EOF)
			return NULL;
		if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
			return archive_error(a);
		if (count == MEMBERS_MAX)
			return err_new(ERR_DATA, "more than %u members", MEMBERS_MAX);
		name = archive_entry_pathname(entry);
		e = tree_clean_name(name ? name : "", path);
		if (!e && archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry) &&
		    !strncmp(path, folder, sizeof(folder) - 1))
			e = add_member(m, a, path + sizeof(folder) - 1);
		if (e)
			return e;
	}
}

static struct member *find_member(struct members *m, const char *name)
{
	for (size_t i = 0; i < m->count; i++)
		if (!strcmp(m->members[i].name, name))
			return &m->members[i];
	return NULL;
}

static struct err *add_series(struct overlay *o, struct members *m, char *series)
{
	for (char *line = series, *end; *line; line = end) {
		struct member *member;
		struct err *e;

		end = strchrnul(line, '\n');
		if (*end)
			*end++ = '\0';
		line += strspn(line, " \t");
		line[strcspn(line, " \t\r#")] = '\0';
		if (!*line)
			continue;
		member = find_member(m, line);
		if (!member) {
			CLEANUP(buf_deinit) struct buf b = BUF_INIT;

			escape_text(&b, line, strnlen(line, 200));
			return err_new(ERR_DATA, "series: %s: no such patch", buf_str(&b));
		}
		e = patch_set_add(o->patches, line, &member->text);
		if (e)
			return e;
	}
	return NULL;
}

static struct err *read_packaging(struct overlay *o, const char *path)
{
	CLEANUP(archive_freep) struct archive *a = NULL;
	CLEANUP(members_deinit) struct members m = { 0 };
	struct member *series;
	struct err *e = open_archive(path, false, &a);

	if (!e)
		e = read_members(a, &m);
	if (e)
		return e;
	series = find_member(&m, "series");
	if (!series || !series->text.size)
		return NULL;
	return add_series(o, &m, series->text.data);
}

struct err *overlay_read(const struct dsc *d, const char *folder, struct overlay *ret)
{
	const struct dsc_file *diff = dsc_file(d, DSC_DIFF), *packaging = dsc_file(d, DSC_PACKAGING);
	struct overlay *o = ret;
	struct err *e = NULL;

	*o = (struct overlay){ .patches = patch_set_new() };
	if (diff) {
		CLEANUP(free_ptr) char *path = xasprintf("%s/%s", folder, diff->name);

		e = read_diff(o, path, diff->name);
		if (!e)
			e = read_reconstruct(o);
		e = err_in(e, "%s", path);
	}
	if (!e && packaging) {
		CLEANUP(free_ptr) char *path = xasprintf("%s/%s", folder, packaging->name);

		e = err_in(read_packaging(o, path), "%s", path);
	}
	return e;
}

char overlay_says(const struct overlay *o, const char *path)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->lines[i].what != 'l' && !strcmp(o->lines[i].path, path))
			return o->lines[i].what;
	return 0;
}
