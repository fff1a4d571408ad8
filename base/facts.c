#include "base/facts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/vec.h"

#define FACTS_FILE_MAX (16u << 20)
#define KEY_CHARACTERS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."

struct fact {
	char *key, *value, *evidence; /* evidence may be NULL */
};

struct facts {
	struct fact *list;
	size_t count, capacity;
	char *path; /* where it was read from, for messages; may be NULL */
};

struct facts *facts_new(void)
{
	return xcalloc(1, sizeof(struct facts));
}

static void fact_deinit(struct fact *fact)
{
	free(fact->key);
	free(fact->value);
	free(fact->evidence);
}

void facts_free(struct facts *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->count; i++)
		fact_deinit(&f->list[i]);
	free(f->list);
	free(f->path);
	free(f);
}

static struct fact *facts_find(const struct facts *f, const char *key)
{
	for (size_t i = 0; i < f->count; i++)
		if (!strcmp(f->list[i].key, key))
			return &f->list[i];
	return NULL;
}

void facts_set(struct facts *f, const char *key, const char *value, const char *evidence)
{
	struct fact fresh = { xstrdup(key), xstrdup(value),
			      evidence ? xstrdup(evidence) : NULL };
	struct fact *old = facts_find(f, key);

	if (old) {
		fact_deinit(old);
		*old = fresh;
		return;
	}
	*vec_add(f->list, f->count, f->capacity) = fresh;
}

void facts_set_hex(struct facts *f, const char *key, uint64_t value, const char *evidence)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	facts_set(f, key, text, evidence);
}

void facts_set_signed_hex(struct facts *f, const char *key, int64_t value, const char *evidence)
{
	char text[32];

	if (value >= 0)
		snprintf(text, sizeof(text), "0x%" PRIx64, (uint64_t)value);
	else
		snprintf(text, sizeof(text), "-0x%" PRIx64, -(uint64_t)value);
	facts_set(f, key, text, evidence);
}

void facts_set_uint(struct facts *f, const char *key, uint64_t value, const char *evidence)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	facts_set(f, key, text, evidence);
}

const char *facts_get(const struct facts *f, const char *key)
{
	const struct fact *fact = facts_find(f, key);

	return fact ? fact->value : NULL;
}

const char *facts_evidence(const struct facts *f, const char *key)
{
	const struct fact *fact = facts_find(f, key);

	return fact ? fact->evidence : NULL;
}

static const char *facts_name(const struct facts *f)
{
	return f->path ? f->path : "facts";
}

struct err *facts_str(const struct facts *f, const char *key, const char **ret)
{
	const char *value = facts_get(f, key);

	if (!value)
		return err_new(ERR_ABSENT, "%s: no %s", facts_name(f), key);
	*ret = value;
	return NULL;
}

struct err *facts_u64(const struct facts *f, const char *key, uint64_t *ret)
{
	const char *value, *digits;
	struct err *e = facts_str(f, key, &value);
	unsigned long long number;
	char *end;

	if (e)
		return e;
	digits = value + (*value == '-');
	errno = 0;
	number = strtoull(digits, &end, !strncmp(digits, "0x", 2) ? 16 : 10);
	if (errno || end == digits || *end || *digits < '0' || *digits > '9')
		return err_new(ERR_DATA, "%s: %s: expected a number, found \"%s\"", facts_name(f),
			       key, value);
	*ret = *value == '-' ? -(uint64_t)number : number;
	return NULL;
}

size_t facts_count(const struct facts *f)
{
	return f->count;
}

void facts_at(const struct facts *f, size_t i, const char **key, const char **value,
	      const char **evidence)
{
	*key = f->list[i].key;
	*value = f->list[i].value;
	*evidence = f->list[i].evidence;
}

static bool is_plain(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("_.,:/+@%=~^-", c));
}

static void format_value(struct buf *b, const char *value)
{
	bool plain = *value != '\0';

	for (const char *p = value; *p && plain; p++)
		plain = is_plain((unsigned char)*p);
	if (plain) {
		buf_add_str(b, value);
		return;
	}
	buf_add_char(b, '"');
	for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
		if (*p == '"' || *p == '\\')
			buf_addf(b, "\\%c", *p);
		else if (*p < 0x20 || *p > 0x7e)
			buf_addf(b, "\\x%02x", *p);
		else
			buf_add_char(b, (char)*p);
	}
	buf_add_char(b, '"');
}

void facts_format(const struct facts *f, struct buf *b)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct fact *fact = &f->list[i];

		buf_addf(b, "%s=", fact->key);
		format_value(b, fact->value);
		if (fact->evidence) {
			buf_add_str(b, "  # ");
			for (const char *p = fact->evidence; *p; p++)
				buf_add_char(b, *p >= 0x20 && *p < 0x7f ? *p : '?');
		}
		buf_add_char(b, '\n');
	}
}

struct err *facts_write(const struct facts *f, const char *path, bool *changed)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	facts_format(f, &b);
	return file_write(path, buf_str(&b), b.size, changed);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Reads the quoted value at *p into b; moves *p behind the closing quote. */
static bool parse_quoted(const char **p, struct buf *b)
{
	const char *s = *p + 1;

	while (*s && *s != '"') {
		char c = *s++;

		if (c == '\\' && (*s == '"' || *s == '\\')) {
			c = *s++;
		} else if (c == '\\') {
			if (s[0] != 'x' || hex_digit(s[1]) < 0 || hex_digit(s[2]) < 0)
				return false;
			c = (char)(hex_digit(s[1]) << 4 | hex_digit(s[2]));
			if (!c)
				return false;
			s += 3;
		}
		buf_add_char(b, c);
	}
	if (*s != '"')
		return false;
	*p = s + 1;
	return true;
}

/* key=value  # evidence; the line is NUL-terminated. */
static bool parse_line(struct facts *f, const char *line)
{
	size_t key_size = strspn(line, KEY_CHARACTERS);
	CLEANUP(buf_deinit) struct buf value = BUF_INIT;
	CLEANUP(free_ptr) char *key = NULL;
	const char *p = line + key_size, *evidence = NULL;

	if (!key_size || *p++ != '=')
		return false;
	if (*p == '"') {
		if (!parse_quoted(&p, &value))
			return false;
	} else {
		while (is_plain((unsigned char)*p))
			buf_add_char(&value, *p++);
	}
	if (!strncmp(p, "  # ", 4)) {
		evidence = p + 4;
	} else if (*p) {
		return false;
	}
	key = xstrndup(line, key_size);
	facts_set(f, key, buf_str(&value), evidence);
	return true;
}

struct err *facts_read(const char *path, struct facts **ret)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	CLEANUP(facts_freep) struct facts *f = facts_new();
	struct err *e = file_read(path, FACTS_FILE_MAX, &text);
	size_t number = 1;

	if (e)
		return e;
	f->path = xstrdup(path);
	if (strlen(buf_str(&text)) != text.size)
		return err_new(ERR_DATA, "%s: has a NUL byte, expected lines of key=value", path);
	for (char *line = text.data, *end; line && *line; line = end + 1, number++) {
		end = strchr(line, '\n');
		if (!end)
			return err_new(ERR_DATA, "%s:%zu: the last line is cut off", path, number);
		*end = '\0';
		if (*line && *line != '#' && !parse_line(f, line))
			return err_new(ERR_DATA, "%s:%zu: expected key=value", path, number);
	}
	*ret = TAKE(f);
	return NULL;
}
