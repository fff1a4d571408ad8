#include "base/escape.h"

#include <stdbool.h>

size_t utf8_sequence(const unsigned char *s, size_t size)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3 :
		   s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;

	if (!n || n > size)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
		return 0;
	return n;
}

static bool is_control(const unsigned char *s, size_t n)
{
	return (n == 1 && (s[0] < 0x20 || s[0] == 0x7f)) || (n == 2 && s[0] == 0xc2 && s[1] < 0xa0);
}

void escape_json(struct buf *b, const void *bytes, size_t size)
{
	const unsigned char *s = bytes;

	buf_add_char(b, '"');
	for (size_t i = 0, n; i < size; i += n) {
		n = utf8_sequence(s + i, size - i);
		if (!n) {
			buf_addf(b, "\\udc%02x", s[i]);
			n = 1;
		} else if (n == 1 && (s[i] < 0x20 || s[i] == 0x7f)) {
			buf_addf(b, "\\u%04x", s[i]);
		} else if (s[i] == '"' || s[i] == '\\') {
			buf_addf(b, "\\%c", s[i]);
		} else {
			buf_add(b, s + i, n);
		}
	}
	buf_add_char(b, '"');
}

void escape_text(struct buf *b, const void *bytes, size_t size)
{
	const unsigned char *s = bytes;

	for (size_t i = 0, n; i < size; i += n) {
		n = utf8_sequence(s + i, size - i);
		if (!n || is_control(s + i, n)) {
			n = n ? n : 1;
			for (size_t k = 0; k < n; k++)
				buf_addf(b, "\\x%02x", s[i + k]);
		} else if (s[i] == '\\') {
			buf_add_str(b, "\\\\");
		} else {
			buf_add(b, s + i, n);
		}
	}
}
