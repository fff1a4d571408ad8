#include "kernel-src/kconfig.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/table.h"
#include "kernel-src/tree.h"

#define FILE_MAX (8u << 20)
#define FILES_MAX 20000
#define NESTED_MAX 32
#define NAME_MAX_SIZE 128
#define STRING_MAX 1024

struct option {
	struct table_key key;
	unsigned int types;
	bool prompt;
};

struct kconfig {
	struct table options, files;
	const char *tree; /* NULL: source statements are not followed */
	int nested;
};

/* A piece of a line. */
struct word {
	const char *text;
	size_t size;
};

struct kconfig *kconfig_new(void)
{
	return xcalloc(1, sizeof(struct kconfig));
}

void kconfig_free(struct kconfig *k)
{
	if (!k)
		return;
	table_deinit(&k->options, NULL);
	table_deinit(&k->files, NULL);
	free(k);
}

unsigned int kconfig_types(const struct kconfig *k, const char *name, size_t size)
{
	const struct option *option = table_find(&k->options, name, size);

	return option ? option->types : 0;
}

bool kconfig_has_prompt(const struct kconfig *k, const char *name, size_t size)
{
	const struct option *option = table_find(&k->options, name, size);

	return option && option->prompt;
}

size_t kconfig_count(const struct kconfig *k)
{
	return k->options.count;
}

/* --- values ------------------------------------------------------------------ */

static bool only(const char *text, size_t size, const char *alphabet)
{
	for (size_t i = 0; i < size; i++)
		if (!text[i] || !strchr(alphabet, text[i]))
			return false;
	return true;
}

static bool is_string(const char *value, size_t size)
{
	return size >= 2 && size <= STRING_MAX && value[0] == '"' && value[size - 1] == '"' &&
	       only(value + 1, size - 2,
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _.,:/+@%=~^-");
}

static bool is_int(const char *value, size_t size)
{
	size_t sign = size && value[0] == '-';

	return size > sign && size - sign <= 20 && only(value + sign, size - sign, "0123456789");
}

static bool is_hex(const char *value, size_t size)
{
	size_t prefix = size > 2 && value[0] == '0' && (value[1] == 'x' || value[1] == 'X') ? 2 : 0;

	return size > prefix && size - prefix <= 16 &&
	       only(value + prefix, size - prefix, "0123456789abcdefABCDEF");
}

const char *kconfig_value_fault(unsigned int types, const char *value, size_t size)
{
	if ((types & KCONFIG_BOOL) && size == 1 && only(value, size, "yn"))
		return NULL;
	if ((types & KCONFIG_TRISTATE) && size == 1 && only(value, size, "ymn"))
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

/* Takes the next word off line. */
static struct word next_word(struct word *line)
{
	struct word w;
	size_t blank = 0;

	while (blank < line->size && strchr(" \t", line->text[blank]))
		blank++;
	line->text += blank;
	line->size -= blank;
	w = (struct word){ line->text, 0 };
	while (w.size < line->size && !strchr(" \t", line->text[w.size]))
		w.size++;
	line->text += w.size;
	line->size -= w.size;
	return w;
}

static bool is(struct word w, const char *text)
{
	return w.size == strlen(text) && !memcmp(w.text, text, w.size);
}

static unsigned int type_of(struct word w)
{
	static const struct {
		const char *keyword;
		unsigned int type;
	} types[] = {
		{ "bool", KCONFIG_BOOL },	  { "boolean", KCONFIG_BOOL },
		{ "def_bool", KCONFIG_BOOL },	  { "tristate", KCONFIG_TRISTATE },
		{ "def_tristate", KCONFIG_TRISTATE }, { "int", KCONFIG_INT },
		{ "def_int", KCONFIG_INT },	  { "hex", KCONFIG_HEX },
		{ "def_hex", KCONFIG_HEX },	  { "string", KCONFIG_STRING },
		{ "def_string", KCONFIG_STRING },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (is(w, types[i].keyword))
			return types[i].type;
	return 0;
}

static bool is_name(struct word w)
{
	return w.size && w.size <= NAME_MAX_SIZE &&
	       only(w.text, w.size,
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
}

/* Where in a Kconfig file the reader is. */
struct place {
	struct option *option; /* the one being defined, NULL between them */
	bool help, help_began; /* in a help text, whose lines are indented by... */
	size_t indent;
};

static size_t indent_of(struct word line, size_t *blank)
{
	size_t indent = 0, i = 0;

	for (; i < line.size && strchr(" \t", line.text[i]); i++)
		indent = line.text[i] == '\t' ? (indent | 7) + 1 : indent + 1;
	*blank = i;
	return indent;
}

/* Whether line belongs to a help text; ends the text when it does not. */
static bool skip_help(struct place *p, struct word line)
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
static struct err *follow(struct kconfig *k, struct word line, bool relative, const char *here)
{
	static const char *const arch[] = { "$(SRCARCH)", "${SRCARCH}", "$SRCARCH" };
	struct word w = next_word(&line);
	CLEANUP(buf_deinit) struct buf path = BUF_INIT;
	char clean[TREE_PATH_MAX];
	struct err *e;

	if (!k->tree || !w.size)
		return NULL;
	if (w.size >= 2 && strchr("\"'", *w.text) && w.text[w.size - 1] == *w.text)
		w = (struct word){ w.text + 1, w.size - 2 };
	if (w.size > 11 && !memcmp(w.text, "$(srctree)/", 11))
		w = (struct word){ w.text + 11, w.size - 11 };
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
		w = (struct word){ w.text + n, w.size - n };
	}
	e = tree_clean_name(buf_str(&path), clean);
	return e ? e : read_kconfig(k, clean);
}

static struct err *read_line(struct kconfig *k, struct place *p, struct word line, const char *here)
{
	struct word first, rest = line;
	unsigned int type;

	if (skip_help(p, line))
		return NULL;
	first = next_word(&rest);
	if (is(first, "help") || is(first, "---help---")) {
		p->help = true;
		p->help_began = false;
	} else if (is(first, "config") || is(first, "menuconfig")) {
		struct word name = next_word(&rest);

		p->option = is_name(name) ? table_get(&k->options, name.text, name.size,
						      sizeof(struct option)) : NULL;
	} else if (is(first, "choice") || is(first, "comment") || is(first, "menu") ||
		   is(first, "endmenu") || is(first, "endchoice") || is(first, "if") ||
		   is(first, "endif") || is(first, "mainmenu")) {
		p->option = NULL;
	} else if (is(first, "source") || is(first, "osource")) {
		return follow(k, rest, false, here);
	} else if (is(first, "rsource") || is(first, "orsource")) {
		return follow(k, rest, true, here);
	} else if (p->option && (type = type_of(first)) != 0) {
		struct word prompt = next_word(&rest);

		p->option->types |= type;
		p->option->prompt |= prompt.size && strchr("\"'", *prompt.text) &&
				     memcmp(first.text, "def", 3) != 0;
	} else if (p->option && is(first, "prompt")) {
		p->option->prompt = true;
	}
	return NULL;
}

static struct err *read_text(struct kconfig *k, const char *text, size_t size, const char *here)
{
	struct place p = { 0 };

	while (size) {
		const char *end = memchr(text, '\n', size);
		size_t n = end ? (size_t)(end - text) : size;
		struct word line = { text, n && text[n - 1] == '\r' ? n - 1 : n };
		struct err *e = memchr(text, '\0', n) ? NULL : read_line(k, &p, line, here);

		if (e)
			return e;
		n += end != NULL;
		text += n;
		size -= n;
	}
	return NULL;
}

static struct err *read_kconfig(struct kconfig *k, const char *path)
{
	CLEANUP(free_ptr) char *full = xasprintf("%s/%s", k->tree, path);
	CLEANUP(free_ptr) char *here = xstrdup(path);
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	size_t before = k->files.count;
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
