#include "kernel-src/unpack/overlay.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "base/vec.h"
#include "kernel-src/unpack/tree.h"
#include "kernel-src/unpack/unarchive.h"

#define DIFF_MAX ((size_t)1 << 30)
#define PATCH_MAX ((size_t)64 << 20)
#define MEMBERS_MAX 100000u
#define LINES_MAX 20000u

struct action {
	struct table_key path;
	enum overlay_action action;
};

void overlay_deinit(struct overlay *o)
{
	for (size_t i = 0; i < o->link_count; i++) {
		free(o->links[i].path);
		free(o->links[i].target);
	}
	free(o->links);
	table_deinit(&o->actions, NULL);
	patch_set_free(o->patches);
	*o = (struct overlay){ 0 };
}

static struct err *read_data(struct archive *a, size_t max, struct buf *b)
{
	bool whole;
	struct err *e = unarchive_data(a, max, b, &whole);

	if (e)
		return e;
	return whole ? NULL : err_new(ERR_DATA, "holds more than %zu bytes", max);
}

/* --- format 1.0 --------------------------------------------------------------- */

static struct err *read_diff(struct overlay *o, const char *path, const char *name)
{
	CLEANUP(stream_freep) struct stream *s = NULL;
	CLEANUP(unarchive_freep) struct archive *a = NULL;
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	struct archive_entry *entry;
	struct err *e = stream_open_file(path, &s);

	if (e)
		return e;
	e = unarchive_open(s, UNARCHIVE_RAW, &a);
	if (e)
		return e;
	e = unarchive_next(a, &entry);
	if (e)
		return e;
	if (!entry)
		return unarchive_error(a);
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

/* What a line of reconstruct does, by how it begins. */
static enum overlay_action action_of(const char *line)
{
	static const struct {
		const char *words;
		enum overlay_action action;
	} forms[] = {
		{ "chmod +x '", OVERLAY_MAKES_EXECUTABLE },
		{ "chmod -x '", OVERLAY_MAKES_PLAIN },
		{ "rm -f '", OVERLAY_REMOVES },
		{ "ln -sf '", OVERLAY_LINKS },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (!strncmp(line, forms[i].words, strlen(forms[i].words)))
			return forms[i].action;
	return OVERLAY_SAYS_NOTHING;
}

static struct err *take_line(struct overlay *o, const char *line)
{
	CLEANUP(free_ptr) char *first = NULL, *second = NULL;
	const char *test = strncmp(line, "[ ! -L '", 8) != 0 ? NULL : strstr(line, "] && ");
	enum overlay_action action;
	struct action *said;
	char path[TREE_PATH_MAX];
	struct err *e;

	line = test ? test + 5 : line;
	action = action_of(line);
	if (action == OVERLAY_SAYS_NOTHING)
		return NULL;
	first = quoted(&line);
	second = action == OVERLAY_LINKS ? quoted(&line) : NULL;
	if (!first || (action == OVERLAY_LINKS && !second))
		return NULL;
	e = tree_clean_name(second ? second : first, path);
	if (e)
		return e;
	if (o->line_count++ == LINES_MAX)
		return err_new(ERR_DATA, "more than %u lines", LINES_MAX);
	if (action == OVERLAY_LINKS) {
		*vec_add(o->links, o->link_count, o->link_capacity) =
			(struct overlay_link){ xstrdup(path), TAKE(first) };
		return NULL;
	}
	said = table_get(&o->actions, path, strlen(path), sizeof(*said));
	if (said->action == OVERLAY_SAYS_NOTHING)
		said->action = action;
	return NULL;
}

/* Adds a file that the diff makes to text, which stays empty where it makes none. */
static struct err *read_new_file(struct overlay *o, const char *path, struct buf *text)
{
	struct err *e = patch_set_new_file(o->patches, path, text);

	if (!e || err_code(e) != ERR_ABSENT)
		return e;
	err_discard(e);
	return NULL;
}

/* The packaging of other kernels than Ubuntu's has no such script. */
static struct err *read_reconstruct(struct overlay *o)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.+-";
	CLEANUP(buf_deinit) struct buf env = BUF_INIT, script = BUF_INIT;
	CLEANUP(free_ptr) char *folder = NULL, *path = NULL;
	const char *value;
	char *rest, *line;
	struct err *e = read_new_file(o, "debian/debian.env", &env);

	if (e)
		return e;
	value = strstr(buf_str(&env), "DEBIAN=");
	folder = value ? xstrndup(value + 7, strspn(value + 7, letters)) : xstrdup("debian");
	path = xasprintf("%s/reconstruct", folder);
	e = read_new_file(o, path, &script);
	if (e)
		return e;
	rest = script.data;
	while ((line = strsep(&rest, "\n"))) {
		e = take_line(o, line);
		if (e)
			return err_in(e, "%s", path);
	}
	return NULL;
}

/* --- format 3.0 --------------------------------------------------------------- */

/* A file of debian/patches/, by its path from there. */
struct member {
	struct table_key name;
	struct buf text;
	bool read;
};

struct members {
	struct table table;
	size_t count, size;
};

static void member_deinit(void *element)
{
	buf_deinit(&((struct member *)element)->text);
}

static void members_deinit(struct members *m)
{
	table_deinit(&m->table, member_deinit);
}

/* Of two members with one name the first counts. */
static struct err *add_member(struct members *m, struct archive *a, const char *name)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	struct member *member;
	struct err *e;

	if (m->count++ == MEMBERS_MAX)
		return err_new(ERR_DATA, "more than %u patches", MEMBERS_MAX);
	e = read_data(a, PATCH_MAX, &text);
	if (e)
		return e;
	m->size += text.size;
	if (m->size > DIFF_MAX)
		return err_new(ERR_DATA, "patches of more than %zu bytes", DIFF_MAX);
	member = table_get(&m->table, name, strlen(name), sizeof(*member));
	if (member->read)
		return NULL;
	member->read = true;
	member->text = text;
	text = (struct buf)BUF_INIT;
	return NULL;
}

static struct err *read_members(struct archive *a, struct members *m)
{
	static const char folder[] = "debian/patches/";

	for (unsigned count = 0;; count++) {
		struct archive_entry *entry;
		char path[TREE_PATH_MAX];
		const char *name;
		struct err *e = unarchive_next(a, &entry);

		if (e || !entry)
			return e;
		if (count == MEMBERS_MAX)
			return err_new(ERR_DATA, "more than %u members", MEMBERS_MAX);
		name = archive_entry_pathname(entry);
		e = tree_clean_name(name ? name : "", path);
		if (e)
			return e;
		if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
		    strncmp(path, folder, sizeof(folder) - 1) != 0)
			continue;
		e = add_member(m, a, path + sizeof(folder) - 1);
		if (e)
			return e;
	}
}

static struct member *find_member(struct members *m, const char *name)
{
	return table_find(&m->table, name, strlen(name));
}

static struct err *no_patch(const char *name)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	escape_text(&b, name, strnlen(name, 200));
	return err_new(ERR_DATA, "series: %s: no such patch", buf_str(&b));
}

/* A line of series: the name of a patch; what follows it, options and comments, does not matter. */
static struct err *add_patch(struct overlay *o, struct members *m, char *line)
{
	struct member *member;

	line += strspn(line, " \t");
	line[strcspn(line, " \t\r#")] = '\0';
	if (!*line)
		return NULL;
	member = find_member(m, line);
	return member ? patch_set_add(o->patches, line, &member->text) : no_patch(line);
}

static struct err *read_packaging(struct overlay *o, const char *path)
{
	CLEANUP(stream_freep) struct stream *s = NULL;
	CLEANUP(unarchive_freep) struct archive *a = NULL;
	CLEANUP(members_deinit) struct members m = { .table = TABLE_INIT };
	struct member *series;
	char *rest, *line;
	struct err *e = stream_open_file(path, &s);

	if (e)
		return e;
	e = unarchive_open(s, UNARCHIVE_TAR, &a);
	if (e)
		return e;
	e = read_members(a, &m);
	if (e)
		return e;
	series = find_member(&m, "series");
	rest = series ? series->text.data : NULL;
	while ((line = strsep(&rest, "\n"))) {
		e = add_patch(o, &m, line);
		if (e)
			return e;
	}
	return NULL;
}

struct err *overlay_read(const struct dsc *d, const char *folder, struct overlay *ret)
{
	const struct dsc_file *diff = dsc_file(d, DSC_DIFF), *packaging = dsc_file(d, DSC_PACKAGING);
	struct overlay *o = ret;
	struct err *e;

	*o = (struct overlay){ .patches = patch_set_new() };
	if (diff) {
		CLEANUP(free_ptr) char *path = xasprintf("%s/%s", folder, diff->name);

		e = read_diff(o, path, diff->name);
		if (!e)
			e = read_reconstruct(o);
		if (e)
			return err_in(e, "%s", path);
	}
	if (packaging) {
		CLEANUP(free_ptr) char *path = xasprintf("%s/%s", folder, packaging->name);

		return err_in(read_packaging(o, path), "%s", path);
	}
	return NULL;
}

enum overlay_action overlay_says(const struct overlay *o, const char *path)
{
	const struct action *said = table_find(&o->actions, path, strlen(path));

	return said ? said->action : OVERLAY_SAYS_NOTHING;
}
