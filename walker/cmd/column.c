#include "walker/cmd/column.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "walker/cmd/out.h"

static bool is_named(const struct column *c, const char *name, size_t size)
{
	if (strlen(c->key) == size && !memcmp(c->key, name, size))
		return true;
	for (const char *word = c->also; word && *word;) {
		size_t length = strcspn(word, " ");

		if (length == size && !memcmp(word, name, size))
			return true;
		word += length + (word[length] != '\0');
	}
	return false;
}

struct err *column_find(const struct column *columns, size_t count, const char *name, size_t size,
			size_t *ret)
{
	CLEANUP(buf_deinit) struct buf keys = BUF_INIT;

	for (size_t i = 0; i < count; i++) {
		if (is_named(&columns[i], name, size)) {
			*ret = i;
			return NULL;
		}
	}
	column_add_keys(columns, count, &keys);
	return err_new(ERR_USAGE, "there is no column \"%.*s\"; there are:%s", (int)size, name,
		       buf_str(&keys));
}

void column_add_keys(const struct column *columns, size_t count, struct buf *b)
{
	for (size_t i = 0; i < count; i++)
		buf_addf(b, " %s", columns[i].key);
}

void column_add_head(const struct column *c, struct buf *b)
{
	if (c->head) {
		buf_add_str(b, c->head);
		return;
	}
	for (const char *p = c->key; *p; p++)
		buf_add_char(b, (char)toupper((unsigned char)*p));
}

bool column_is_right(const struct column *c)
{
	return c->type == COLUMN_U64 || c->type == COLUMN_S64 || c->type == COLUMN_CENTISECONDS ||
	       c->type == COLUMN_ROWS;
}

bool column_is_list(const struct column *c)
{
	return c->type == COLUMN_TEXTS || c->type == COLUMN_NUMBERS || c->type == COLUMN_ROWS;
}

bool column_add_number(const struct column *c, uint64_t value, bool json, struct buf *b)
{
	const char *quote = json ? "\"" : "";
	const char letter = (char)value;

	switch (c->type) {
	case COLUMN_U64:
	case COLUMN_NUMBERS:
		buf_addf(b, "%" PRIu64, value);
		return true;
	case COLUMN_S64:
		buf_addf(b, "%" PRId64, (int64_t)value);
		return true;
	case COLUMN_CENTISECONDS:
		buf_addf(b, "%" PRIu64 ".%02" PRIu64, value / 100, value % 100);
		return true;
	case COLUMN_HEX:
		buf_addf(b, "%s0x%0*" PRIx64 "%s", quote, (int)c->digits, value, quote);
		return true;
	case COLUMN_OCTAL:
		buf_addf(b, "%s%0*" PRIo64 "%s", quote, (int)c->digits, value, quote);
		return true;
	case COLUMN_BOOL:
		if (json)
			buf_add_str(b, value ? "true" : "false");
		else
			buf_add_str(b, value ? "yes" : "no");
		return true;
	case COLUMN_CHAR:
		(json ? escape_json : escape_text)(b, &letter, 1);
		return true;
	default:
		return false;
	}
}

bool column_add_text(const struct column *c, const void *bytes, size_t size, bool json,
		     struct buf *b)
{
	const char *quote = json ? "\"" : "";

	if (c->type == COLUMN_TEXT || c->type == COLUMN_TEXTS) {
		(json ? escape_json : escape_text)(b, bytes, size);
		return true;
	}
	if (c->type != COLUMN_BYTES)
		return false;
	buf_add_str(b, quote);
	out_hex(b, bytes, size);
	buf_add_str(b, quote);
	return true;
}
