#include "kernel-src/kconfig/kconfig.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/table.h"
#include "kernel-src/kconfig/entry.h"
#include "kernel-src/unpack/tree.h"

#define FILE_MAX (8u << 20)
#define FILES_MAX 20000
#define NESTED_MAX 32
#define LINE_MAX_SIZE 16384

struct reader {
	struct kconfig *k;
	struct kconfig_frames frames;
	const char *tree; /* NULL: source statements are not followed */
	struct table files; /* those read so far, each once */
	int nested;
};

static void reader_deinit(struct reader *r)
{
	table_deinit(&r->files, NULL);
}

static size_t indent_of(struct kconfig_word line, size_t *blank)
{
	size_t indent = 0, i = 0;

	for (; i < line.size && strchr(" \t", line.text[i]); i++)
		indent = line.text[i] == '\t' ? (indent | 7) + 1 : indent + 1;
	*blank = i;
	return indent;
}

/* Whether line belongs to a help text; ends the text when it does not. */
static bool skip_help(struct kconfig_place *p, struct kconfig_word line)
{
	size_t blank, indent;

	if (!p->help)
		return false;
	indent = indent_of(line, &blank);
	if (blank == line.size)
		return true;
	if (!p->help_began) {
		p->help_began = true;
		p->indent = indent;
	}
	p->help = indent && indent >= p->indent;
	return p->help;
}

static struct err *read_kconfig(struct reader *r, const char *path);

static struct kconfig_word skip(struct kconfig_word w, size_t size)
{
	return (struct kconfig_word){ w.text + size, w.size - size };
}

static bool begins(struct kconfig_word w, const char *with)
{
	return w.size >= strlen(with) && !memcmp(w.text, with, strlen(with));
}

/* Appends a path to b with SRCARCH in it expanded. False: another variable stands in it, which a plain
 * build does not set. */
static bool expand_path(struct kconfig_word w, struct buf *b)
{
	static const char *const arch[] = { "$(SRCARCH)", "${SRCARCH}", "$SRCARCH" };
	static const char srctree[] = "$(srctree)/";

	if (w.size >= 2 && strchr("\"'", *w.text) && w.text[w.size - 1] == *w.text)
		w = (struct kconfig_word){ w.text + 1, w.size - 2 };
	if (w.size > strlen(srctree) && begins(w, srctree))
		w = skip(w, strlen(srctree));
	while (w.size) {
		size_t i = 0;

		while (i < 3 && !begins(w, arch[i]))
			i++;
		if (i < 3) {
			buf_add_str(b, "x86");
			w = skip(w, strlen(arch[i]));
			continue;
		}
		if (*w.text == '$')
			return false;
		buf_add_char(b, *w.text);
		w = skip(w, 1);
	}
	return true;
}

/* `source "arch/$(SRCARCH)/Kconfig"`; folder: of a path that is relative to this file, or NULL. */
static struct err *follow(struct reader *r, struct kconfig_word line, const char *folder)
{
	struct kconfig_word w = kconfig_next_word(&line);
	CLEANUP(buf_deinit) struct buf path = BUF_INIT;
	char clean[TREE_PATH_MAX];
	struct err *e;

	if (!r->tree || !w.size)
		return NULL;
	if (folder)
		buf_addf(&path, "%s/", folder);
	if (!expand_path(w, &path))
		return NULL;
	e = tree_clean_name(buf_str(&path), clean);
	return e ? e : read_kconfig(r, clean);
}

/* here: the folder of the file that has the line. */
static struct err *read_line(struct reader *r, struct kconfig_place *p, struct kconfig_word line,
			     const char *here)
{
	struct kconfig_word first, rest = line;

	if (skip_help(p, line))
		return NULL;
	first = kconfig_next_word(&rest);
	if (kconfig_is(first, "help") || kconfig_is(first, "---help---")) {
		p->help = true;
		p->help_began = false;
		return NULL;
	}
	if (kconfig_is(first, "source") || kconfig_is(first, "osource")) {
		kconfig_entry_end(p);
		return follow(r, rest, NULL);
	}
	if (kconfig_is(first, "rsource") || kconfig_is(first, "orsource")) {
		kconfig_entry_end(p);
		return follow(r, rest, here);
	}
	kconfig_entry_line(p, first, rest);
	return NULL;
}

/* The line that text begins with, joined with the lines that it goes on in. *taken: how many bytes
 * all of them have. */
static struct kconfig_word whole_line(const char *text, size_t size, struct buf *joined, size_t *taken)
{
	struct kconfig_word line = { text, 0 };

	buf_clear(joined);
	for (*taken = 0; *taken < size;) {
		const char *start = text + *taken, *end = memchr(start, '\n', size - *taken);
		size_t n = end ? (size_t)(end - start) : size - *taken;

		*taken += n + (end != NULL);
		if (n && start[n - 1] == '\r')
			n--;
		line = (struct kconfig_word){ start, n };
		if (n && start[n - 1] == '\\' && joined->size < LINE_MAX_SIZE && !memchr(start, '\0', n)) {
			buf_add(joined, start, n - 1);
			continue;
		}
		if (!joined->size)
			return line;
		buf_add(joined, start, n);
		break;
	}
	return joined->size ? (struct kconfig_word){ joined->data, joined->size } : line;
}

static struct err *read_text(struct reader *r, const char *text, size_t size, const char *here)
{
	CLEANUP(buf_deinit) struct buf joined = BUF_INIT;
	CLEANUP(kconfig_place_deinit) struct kconfig_place p = { .k = r->k, .frames = &r->frames };
	size_t taken;

	while (size) {
		struct kconfig_word line = whole_line(text, size, &joined, &taken);

		text += taken;
		size -= taken;
		if (!memchr(line.text, '\0', line.size)) {
			struct err *e = read_line(r, &p, line, here);

			if (e)
				return e;
		}
	}
	kconfig_entry_end(&p);
	return NULL;
}

/* Reads a file and what it sources; a second time, or where it does not exist, does nothing. */
static struct err *read_kconfig(struct reader *r, const char *path)
{
	CLEANUP(free_ptr) char *full = xasprintf("%s/%s", r->tree, path);
	CLEANUP(free_ptr) char *here = xstrdup(path);
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	size_t before = r->files.count, depth = r->frames.depth;
	char *slash = strrchr(here, '/');
	struct err *e;

	table_get(&r->files, path, strlen(path), sizeof(struct table_key));
	if (r->files.count == before || !file_exists(full))
		return NULL;
	if (r->files.count > FILES_MAX)
		return err_new(ERR_DATA, "%s: more than %d Kconfig files", r->tree, FILES_MAX);
	if (r->nested == NESTED_MAX)
		return err_new(ERR_DATA, "%s: sourced more than %d deep", path, NESTED_MAX);
	if (slash)
		*slash = '\0';
	e = file_read(full, FILE_MAX, &text);
	if (e)
		return e;
	r->nested++;
	e = err_in(read_text(r, buf_str(&text), text.size, slash ? here : "."), "%s", path);
	r->nested--;
	if (r->frames.depth > depth)
		r->frames.depth = depth; /* menus that the file did not end */
	return e;
}

struct err *kconfig_add_text(struct kconfig *k, const char *text, size_t size)
{
	CLEANUP(reader_deinit) struct reader r = { .k = k };

	return read_text(&r, text, size, ".");
}

struct err *kconfig_read(const char *tree, struct kconfig **ret)
{
	CLEANUP(kconfig_freep) struct kconfig *k = kconfig_new();
	CLEANUP(reader_deinit) struct reader r = { .k = k, .tree = tree };
	CLEANUP(free_ptr) char *top = xasprintf("%s/Kconfig", tree);
	struct err *e;

	if (!file_exists(top))
		return err_new(ERR_ABSENT, "%s: no such file", top);
	e = read_kconfig(&r, "Kconfig");
	if (e)
		return e;
	*ret = TAKE(k);
	return NULL;
}
