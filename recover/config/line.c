#include "recover/config/line.h"

#include <string.h>

#define STR_SIZE(text) (sizeof(text) - 1)
#define DECIMAL_MAX 20
#define HEX_MAX 16

static const char config_prefix[] = "CONFIG_";
static const char not_set_prefix[] = "# CONFIG_";
static const char not_set_suffix[] = " is not set";

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_alnum(char c)
{
	return is_digit(c) || is_upper(c) || (c >= 'a' && c <= 'z');
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool has_prefix(const char *text, size_t size, const char *prefix)
{
	size_t n = strlen(prefix);

	return size >= n && !memcmp(text, prefix, n);
}

static size_t name_span(const char *p, size_t size)
{
	size_t n = 0;

	while (n < size && (is_alnum(p[n]) || p[n] == '_'))
		n++;
	return n;
}

static bool is_number(const char *p, size_t size)
{
	size_t sign = size && *p == '-', hex = has_prefix(p, size, "0x") ? 2 : 0, i = sign + hex;

	if (sign && hex)
		return false;
	if (size <= i || size - i > (hex ? HEX_MAX : DECIMAL_MAX))
		return false;
	for (; i < size; i++)
		if (hex ? !is_hex(p[i]) : !is_digit(p[i]))
			return false;
	return true;
}

/* p: what stands between the quotes. A quote or a backslash in it follows a backslash. */
static enum config_line_kind lex_string(const char *p, size_t size)
{
	enum config_line_kind kind = CONFIG_LINE_SET;

	for (size_t i = 0; i < size; i++) {
		char c = p[i];

		if (c < ' ' || c > '~' || c == '"')
			return CONFIG_LINE_BAD;
		if (c == '\\' && (++i == size || p[i] < ' ' || p[i] > '~'))
			return CONFIG_LINE_BAD;
		if (is_alnum(c) || strchr(" _.,:/+@%=~^()-", c))
			continue;
		if (c == '$' && i + 1 < size && is_upper(p[i + 1]))
			continue;
		kind = CONFIG_LINE_UNSAFE;
	}
	return kind;
}

static enum config_line_kind lex_value(const char *p, size_t size)
{
	if (size == 1 && strchr("ymn", *p) && *p)
		return CONFIG_LINE_SET;
	if (size >= 2 && *p == '"' && p[size - 1] == '"')
		return lex_string(p + 1, size - 2);
	return is_number(p, size) ? CONFIG_LINE_SET : CONFIG_LINE_BAD;
}

static struct config_line lex_set(const char *line, size_t size)
{
	struct config_line l = { .kind = CONFIG_LINE_BAD };
	size_t start = STR_SIZE(config_prefix);
	size_t n = name_span(line + start, size - start);

	if (!n || n > CONFIG_NAME_MAX || start + n >= size || line[start + n] != '=')
		return l;
	l.name = line + start;
	l.name_size = n;
	l.value = l.name + n + 1;
	l.value_size = size - start - n - 1;
	l.kind = lex_value(l.value, l.value_size);
	if (l.kind == CONFIG_LINE_SET && n == 5 && !memcmp(l.name, "SHELL", 5))
		l.kind = CONFIG_LINE_UNSAFE;
	return l;
}

static struct config_line lex_not_set(const char *line, size_t size)
{
	struct config_line l = { .kind = CONFIG_LINE_BAD };
	size_t start = STR_SIZE(not_set_prefix);
	size_t n = name_span(line + start, size - start), rest = size - start - n;

	if (!n || n > CONFIG_NAME_MAX || rest != STR_SIZE(not_set_suffix) ||
	    memcmp(line + start + n, not_set_suffix, rest) != 0)
		return l;
	l.kind = CONFIG_LINE_NOT_SET;
	l.name = line + start;
	l.name_size = n;
	l.value = "n";
	l.value_size = 1;
	return l;
}

bool config_line_printable(const char *line, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (line[i] < ' ' || line[i] > '~')
			return false;
	return true;
}

/* "#" or "# Text". Comments that farwalk itself writes may not come in from outside. */
static bool is_comment(const char *line, size_t size)
{
	if (size == 1)
		return true;
	return line[1] == ' ' && !has_prefix(line, size, "# farwalk ") &&
	       !has_prefix(line, size, "# gap:") && config_line_printable(line + 1, size - 1);
}

struct config_line config_line_lex(const char *line, size_t size)
{
	struct config_line l = { .kind = CONFIG_LINE_BAD };

	if (size > CONFIG_LINE_MAX)
		return l;
	if (!size) {
		l.kind = CONFIG_LINE_BLANK;
		return l;
	}
	if (has_prefix(line, size, config_prefix))
		return lex_set(line, size);
	if (has_prefix(line, size, not_set_prefix))
		return lex_not_set(line, size);
	if (*line == '#' && is_comment(line, size))
		l.kind = CONFIG_LINE_COMMENT;
	return l;
}

bool config_line_version(const char *line, size_t size, const char **version,
			 size_t *version_size)
{
	static const char prefix[] = "# Linux/", suffix[] = " Kernel Configuration";
	size_t i = STR_SIZE(prefix), start;

	if (!has_prefix(line, size, prefix))
		return false;
	i += name_span(line + i, size - i);
	if (i == STR_SIZE(prefix) || i >= size || line[i] != ' ')
		return false;
	start = ++i;
	while (i < size && (is_alnum(line[i]) || strchr("._+~-", line[i])) && line[i])
		i++;
	if (i == start || i - start > 64 || size - i != STR_SIZE(suffix) ||
	    memcmp(line + i, suffix, size - i) != 0)
		return false;
	*version = line + start;
	*version_size = i - start;
	return true;
}
