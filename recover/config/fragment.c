#include "recover/config/fragment.h"

#include <string.h>

#include "base/view.h"
#include "recover/config/line.h"

#define HEADER_LINES 8

bool config_fragment_read(const char *page, struct config_fragment *ret)
{
	struct config_fragment f = { .text = page, .size = strnlen(page, PAGE_SIZE) };
	const char *end = page + f.size, *stop = memchr(page, '\n', f.size);

	f.last = f.size < PAGE_SIZE;
	if (!stop || (f.last && (end[-1] != '\n' || !bytes_are_zero(end, PAGE_SIZE - f.size))))
		return false;
	f.head = (size_t)(stop + 1 - page);
	for (f.tail = f.head;; f.lines++) {
		const char *line = page + f.tail;
		struct config_line l;

		stop = memchr(line, '\n', (size_t)(end - line));
		if (!stop)
			break;
		l = config_line_lex(line, (size_t)(stop - line));
		if (l.kind == CONFIG_LINE_BAD)
			return false;
		f.options += l.kind >= CONFIG_LINE_SET;
		f.tail += (size_t)(stop + 1 - line);
	}
	if (f.head > CONFIG_LINE_MAX || f.size - f.tail > CONFIG_LINE_MAX ||
	    !config_line_printable(page, f.head - 1) ||
	    !config_line_printable(page + f.tail, f.size - f.tail))
		return false;
	*ret = f;
	return true;
}

bool config_fragment_version(const struct config_fragment *f, char ret[CONFIG_VERSION_MAX])
{
	const char *p = f->text, *end = f->text + f->tail, *version;
	size_t size;

	for (int i = 0; i < HEADER_LINES && p < end && *p == '#'; i++) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));

		if (config_line_version(p, (size_t)(stop - p), &version, &size)) {
			memcpy(ret, version, size);
			ret[size] = '\0';
			return true;
		}
		p = stop + 1;
	}
	return false;
}
