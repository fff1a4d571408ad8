#include "kernel-src/kconfig/entry.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/table.h"
#include "kernel-src/unpack/tree.h"

#define FILE_MAX (8u << 20)
#define FILES_MAX 20000
#define NESTED_MAX 32
#define LINE_MAX_SIZE 16384
#define STRING_MAX 1024

struct kconfig *kconfig_new(void)
{
	return xcalloc(1, sizeof(struct kconfig));
}

static void option_deinit(void *element)
{
	free(((struct kconfig_option *)element)->properties);
}

void kconfig_free(struct kconfig *k)
{
	if (!k)
		return;
	table_deinit(&k->options, option_deinit);
	table_deinit(&k->files, NULL);
	expr_pool_deinit(&k->pool);
	free(k->choices);
	free(k);
}

const struct kconfig_option *kconfig_find(const struct kconfig *k, const char *name, size_t size)
{
	return table_find(&k->options, name, size);
}

unsigned int kconfig_types(const struct kconfig *k, const char *name, size_t size)
{
	const struct kconfig_option *option = kconfig_find(k, name, size);

	return option ? option->types : 0;
}

bool kconfig_has_prompt(const struct kconfig *k, const char *name, size_t size)
{
	const struct kconfig_option *option = kconfig_find(k, name, size);

	return option && option->prompt;
}

size_t kconfig_count(const struct kconfig *k)
{
	return k->defined;
}

size_t kconfig_mentioned(const struct kconfig *k)
{
	return k->options.count;
}

const struct kconfig_option *kconfig_option(const struct kconfig *k, size_t index)
{
	return k->options.list[index];
}

const struct kconfig_choice *kconfig_choice(const struct kconfig *k, size_t index)
{
	return index && index < k->choice_count ? &k->choices[index] : NULL;
}

/* --- values ------------------------------------------------------------------ */

static bool is_string(const char *value, size_t size)
{
	return size >= 2 && size <= STRING_MAX && value[0] == '"' && value[size - 1] == '"' &&
	       kconfig_only(value + 1, size - 2,
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _.,:/+@%=~^-");
}

static bool is_int(const char *value, size_t size)
{
	size_t sign = size && value[0] == '-';

	return size > sign && size - sign <= 20 && kconfig_only(value + sign, size - sign, "0123456789");
}

static bool is_hex(const char *value, size_t size)
{
	size_t prefix = size > 2 && value[0] == '0' && (value[1] == 'x' || value[1] == 'X') ? 2 : 0;

	return size > prefix && size - prefix <= 16 &&
	       kconfig_only(value + prefix, size - prefix, "0123456789abcdefABCDEF");
}

const char *kconfig_value_fault(unsigned int types, const char *value, size_t size)
{
	if ((types & KCONFIG_BOOL) && size == 1 && kconfig_only(value, size, "yn"))
		return NULL;
	if ((types & KCONFIG_TRISTATE) && size == 1 && kconfig_only(value, size, "ymn"))
		return NULL;
	if ((types & KCONFIG_INT) && is_int(value, size))
		return NULL;
	if ((types & KCONFIG_HEX) && is_hex(value, size))
		return NULL;
	if (types & KCONFIG_STRING)
		return is_string(value, size) ? NULL : "not a plain quoted string";
	if (types & (KCONFIG_INT | KCONFIG_HEX))
		return "not a number";
	return types & KCONFIG_TRISTATE ? "not y, m or n" : "not y or n";
}

/* --- Kconfig files ------------------------------------------------------------ */

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

static struct err *read_kconfig(struct kconfig *k, const char *path);

/* `source "arch/$(SRCARCH)/Kconfig"`; here: folder of the file it stands in. */
static struct err *follow(struct kconfig *k, struct kconfig_word line, bool relative, const char *here)
{
	static const char *const arch[] = { "$(SRCARCH)", "${SRCARCH}", "$SRCARCH" };
	struct kconfig_word w = kconfig_next_word(&line);
	CLEANUP(buf_deinit) struct buf path = BUF_INIT;
	char clean[TREE_PATH_MAX];
	struct err *e;

	if (!k->tree || !w.size)
		return NULL;
	if (w.size >= 2 && strchr("\"'", *w.text) && w.text[w.size - 1] == *w.text)
		w = (struct kconfig_word){ w.text + 1, w.size - 2 };
	if (w.size > 11 && !memcmp(w.text, "$(srctree)/", 11))
		w = (struct kconfig_word){ w.text + 11, w.size - 11 };
	if (relative)
		buf_addf(&path, "%s/", here);
	while (w.size) {
		size_t n = 1;

		for (size_t i = 0; i < 3; i++)
			if (w.size >= strlen(arch[i]) && !memcmp(w.text, arch[i], strlen(arch[i])))
				n = strlen(arch[i]);
		if (n == 1 && *w.text == '$')
			return NULL; /* a variable that a plain build does not set */
		buf_add(&path, n > 1 ? "x86" : w.text, n > 1 ? 3 : 1);
		w = (struct kconfig_word){ w.text + n, w.size - n };
	}
	e = tree_clean_name(buf_str(&path), clean);
	return e ? e : read_kconfig(k, clean);
}

static struct err *read_line(struct kconfig *k, struct kconfig_place *p, struct kconfig_word line,
			     const char *here)
{
	struct kconfig_word first, rest = line;

	if (skip_help(p, line))
		return NULL;
	first = kconfig_next_word(&rest);
	if (kconfig_is(first, "help") || kconfig_is(first, "---help---")) {
		p->help = true;
		p->help_began = false;
	} else if (kconfig_is(first, "source") || kconfig_is(first, "osource") ||
		   kconfig_is(first, "rsource") || kconfig_is(first, "orsource")) {
		kconfig_entry_end(k, p);
		return follow(k, rest, memchr(first.text, 'r', 2) != NULL, here);
	} else {
		kconfig_entry_line(k, p, first, rest);
	}
	return NULL;
}

/* A line with those that it goes on in, as one; size: all that was taken off the text. */
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

static struct err *read_text(struct kconfig *k, const char *text, size_t size, const char *here)
{
	CLEANUP(buf_deinit) struct buf joined = BUF_INIT;
	CLEANUP(kconfig_place_deinit) struct kconfig_place p = { 0 };
	size_t taken;

	while (size) {
		struct kconfig_word line = whole_line(text, size, &joined, &taken);
		struct err *e = memchr(line.text, '\0', line.size) ? NULL : read_line(k, &p, line, here);

		if (e)
			return e;
		text += taken;
		size -= taken;
	}
	kconfig_entry_end(k, &p);
	return NULL;
}

static struct err *read_kconfig(struct kconfig *k, const char *path)
{
	CLEANUP(free_ptr) char *full = xasprintf("%s/%s", k->tree, path);
	CLEANUP(free_ptr) char *here = xstrdup(path);
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	size_t before = k->files.count, depth = k->depth;
	char *slash = strrchr(here, '/');
	struct err *e;

	table_get(&k->files, path, strlen(path), sizeof(struct table_key));
	if (k->files.count == before || !file_exists(full))
		return NULL;
	if (k->files.count > FILES_MAX)
		return err_new(ERR_DATA, "%s: more than %d Kconfig files", k->tree, FILES_MAX);
	if (k->nested == NESTED_MAX)
		return err_new(ERR_DATA, "%s: sourced more than %d deep", path, NESTED_MAX);
	if (slash)
		*slash = '\0';
	k->nested++;
	e = file_read(full, FILE_MAX, &text);
	if (!e)
		e = err_in(read_text(k, buf_str(&text), text.size, slash ? here : "."), "%s", path);
	k->nested--;
	k->depth = k->depth > depth ? depth : k->depth; /* what it did not end */
	return e;
}

struct err *kconfig_add_text(struct kconfig *k, const char *text, size_t size)
{
	return read_text(k, text, size, ".");
}

struct err *kconfig_read(const char *tree, struct kconfig **ret)
{
	CLEANUP(kconfig_freep) struct kconfig *k = kconfig_new();
	CLEANUP(free_ptr) char *top = xasprintf("%s/Kconfig", tree);
	struct err *e;

	if (!file_exists(top))
		return err_new(ERR_ABSENT, "%s: no such file", top);
	k->tree = tree;
	e = read_kconfig(k, "Kconfig");
	k->tree = NULL;
	if (e)
		return e;
	*ret = TAKE(k);
	return NULL;
}
