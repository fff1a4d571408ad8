#include "base/json.h"

#include <string.h>

#include "base/escape.h"

struct cursor {
	const char *start, *p, *end;
};

static struct err *expected(const struct cursor *c, const char *what)
{
	return err_new(ERR_DATA, "JSON: byte %zu: expected %s", (size_t)(c->p - c->start), what);
}

static void skip_space(struct cursor *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\n' || *c->p == '\r'))
		c->p++;
}

static bool take(struct cursor *c, char wanted)
{
	skip_space(c);
	if (c->p == c->end || *c->p != wanted)
		return false;
	c->p++;
	return true;
}

static bool is_digit(const struct cursor *c)
{
	return c->p < c->end && *c->p >= '0' && *c->p <= '9';
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static struct err *check_escape(struct cursor *c)
{
	if (c->p == c->end || !memchr("\"\\/bfnrtu", *c->p, 9))
		return expected(c, "an escape");
	if (*c->p++ != 'u')
		return NULL;
	for (int i = 0; i < 4; i++, c->p++)
		if (c->p == c->end || !is_hex(*c->p))
			return expected(c, "4 hexadecimal digits");
	return NULL;
}

/* After the opening quote. */
static struct err *check_string(struct cursor *c)
{
	while (c->p < c->end) {
		unsigned char byte = (unsigned char)*c->p++;
		struct err *e;

		if (byte == '"')
			return NULL;
		if (byte < 0x20)
			return expected(c, "no control character in a string");
		if (byte != '\\')
			continue;
		e = check_escape(c);
		if (e)
			return e;
	}
	return expected(c, "the end of a string");
}

static struct err *check_number(struct cursor *c)
{
	if (c->p < c->end && *c->p == '-')
		c->p++;
	if (!is_digit(c))
		return expected(c, "a value");
	while (is_digit(c))
		c->p++;
	if (c->p < c->end && *c->p == '.') {
		c->p++;
		if (!is_digit(c))
			return expected(c, "a digit");
		while (is_digit(c))
			c->p++;
	}
	if (c->p < c->end && (*c->p == 'e' || *c->p == 'E')) {
		c->p++;
		if (c->p < c->end && (*c->p == '+' || *c->p == '-'))
			c->p++;
		if (!is_digit(c))
			return expected(c, "a digit");
		while (is_digit(c))
			c->p++;
	}
	return NULL;
}

static bool take_word(struct cursor *c, const char *word)
{
	size_t size = strlen(word);

	if ((size_t)(c->end - c->p) < size || memcmp(c->p, word, size))
		return false;
	c->p += size;
	return true;
}

static struct err *check_value(struct cursor *c, unsigned int depth);

/* "name": of an object's member. */
static struct err *check_name(struct cursor *c)
{
	struct err *e;

	if (!take(c, '"'))
		return expected(c, "a name");
	e = check_string(c);
	if (e)
		return e;
	return take(c, ':') ? NULL : expected(c, "a colon");
}

/* After the opening bracket. */
static struct err *check_items(struct cursor *c, bool object, unsigned int depth)
{
	char close = object ? '}' : ']';

	if (take(c, close))
		return NULL;
	do {
		struct err *e = object ? check_name(c) : NULL;

		if (e)
			return e;
		e = check_value(c, depth);
		if (e)
			return e;
	} while (take(c, ','));
	return take(c, close) ? NULL : expected(c, object ? "a comma or }" : "a comma or ]");
}

static struct err *check_value(struct cursor *c, unsigned int depth)
{
	if (depth > JSON_DEPTH_MAX)
		return expected(c, "less nesting");
	if (take(c, '{'))
		return check_items(c, true, depth + 1);
	if (take(c, '['))
		return check_items(c, false, depth + 1);
	if (take(c, '"'))
		return check_string(c);
	if (take_word(c, "true") || take_word(c, "false") || take_word(c, "null"))
		return NULL;
	return check_number(c);
}

struct err *json_parse(const char *text, size_t size, struct json *ret)
{
	struct cursor c = { text, text, text + size };
	struct json v;
	struct err *e;

	skip_space(&c);
	v.text = c.p;
	e = check_value(&c, 0);
	if (e)
		return e;
	v.size = (size_t)(c.p - v.text);
	skip_space(&c);
	if (c.p < c.end)
		return expected(&c, "the end");
	*ret = v;
	return NULL;
}

/* Takes the value at the cursor. json_parse() has checked the text. */
static struct json next_value(struct cursor *c)
{
	struct json v = { NULL, 0 };
	struct err *e;

	skip_space(c);
	v.text = c->p;
	e = check_value(c, 0);
	v.size = (size_t)(c->p - v.text);
	if (e)
		v = (struct json){ NULL, 0 };
	err_discard(e);
	return v;
}

static bool begins(struct json v, char first)
{
	return v.text && v.size && v.text[0] == first;
}

struct json json_member(struct json v, const char *name)
{
	struct cursor c;

	if (!begins(v, '{'))
		return (struct json){ NULL, 0 };
	c = (struct cursor){ v.text, v.text + 1, v.text + v.size };
	do {
		struct json key = next_value(&c), value;

		if (!key.text || !take(&c, ':'))
			break;
		value = next_value(&c);
		if (key.size == strlen(name) + 2 && !memcmp(key.text + 1, name, key.size - 2))
			return value;
	} while (take(&c, ','));
	return (struct json){ NULL, 0 };
}

bool json_next(struct json v, size_t *at, struct json *ret)
{
	struct json value;
	struct cursor c;

	if (!begins(v, '['))
		return false;
	c = (struct cursor){ v.text, v.text + (*at ? *at : 1), v.text + v.size };
	if (*at && !take(&c, ','))
		return false;
	value = next_value(&c);
	*at = (size_t)(c.p - v.text);
	if (!value.text)
		return false;
	*ret = value;
	return true;
}

bool json_is_string(struct json v)
{
	return begins(v, '"');
}

static void add_code_point(struct buf *b, uint32_t code)
{
	if (code < 0x80) {
		buf_add_char(b, (char)code);
		return;
	}
	if (code < 0x800) {
		buf_add_char(b, (char)(0xc0 | code >> 6));
	} else if (code < 0x10000) {
		buf_add_char(b, (char)(0xe0 | code >> 12));
		buf_add_char(b, (char)(0x80 | (code >> 6 & 0x3f)));
	} else {
		buf_add_char(b, (char)(0xf0 | code >> 18));
		buf_add_char(b, (char)(0x80 | (code >> 12 & 0x3f)));
		buf_add_char(b, (char)(0x80 | (code >> 6 & 0x3f)));
	}
	buf_add_char(b, (char)(0x80 | (code & 0x3f)));
}

/* 4 digits, which json_parse() has checked. */
static uint32_t hex4(const char *p)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++)
		value = value << 4 | (uint32_t)(p[i] <= '9' ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10);
	return value;
}

/* p: behind "\u". Returns where the text goes on. */
static const char *add_unicode(struct buf *b, const char *p, const char *end)
{
	uint32_t code = hex4(p), low;

	p += 4;
	if (code < 0xd800 || code > 0xdfff) {
		add_code_point(b, code);
		return p;
	}
	if (code < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
		low = hex4(p + 2);
		if (low >= 0xdc00 && low <= 0xdfff) {
			add_code_point(b, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
			return p + 6;
		}
	}
	add_code_point(b, 0xfffd);
	return p;
}

bool json_string(struct json v, struct buf *b)
{
	static const char names[] = "bfnrt", values[] = "\b\f\n\r\t";
	const char *p, *end;

	if (!json_is_string(v))
		return false;
	p = v.text + 1;
	end = v.text + v.size - 1;
	while (p < end) {
		size_t n;

		if (*p != '\\') {
			n = utf8_sequence((const unsigned char *)p, (size_t)(end - p));
			if (n)
				buf_add(b, p, n);
			else
				add_code_point(b, 0xfffd);
			p += n ? n : 1;
			continue;
		}
		p += 2;
		if (p[-1] == 'u')
			p = add_unicode(b, p, end);
		else if (memchr(names, p[-1], 5))
			buf_add_char(b, values[(const char *)memchr(names, p[-1], 5) - names]);
		else
			buf_add_char(b, p[-1]);
	}
	return true;
}

bool json_equals(struct json v, const char *text)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	return json_string(v, &b) && b.size == strlen(text) && !memcmp(buf_str(&b), text, b.size);
}

bool json_u64(struct json v, uint64_t *ret)
{
	uint64_t value = 0;

	if (!v.text || !v.size)
		return false;
	for (size_t i = 0; i < v.size; i++) {
		uint64_t digit = (uint64_t)(unsigned char)v.text[i] - '0';

		if (digit > 9 || value > (UINT64_MAX - digit) / 10)
			return false;
		value = 10 * value + digit;
	}
	*ret = value;
	return true;
}

bool json_true(struct json v)
{
	return v.text && v.size == 4 && !memcmp(v.text, "true", 4);
}
