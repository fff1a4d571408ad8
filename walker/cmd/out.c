#include "walker/cmd/out.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/ioctl.h>

#include "base/escape.h"

#define OUT_MUCH (64u << 10)

void out_init(struct out *o, const struct form *form)
{
	struct winsize size;

	*o = (struct out){ .b = BUF_INIT, .form = *form, .terminal = isatty(STDOUT_FILENO) };
	if (o->terminal && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size)) {
		o->width = size.ws_col;
		o->height = size.ws_row;
	}
}

void out_init_inner(const struct out *o, struct out *ret)
{
	*ret = *o;
	ret->b = (struct buf)BUF_INIT;
	ret->whole = true;
}

void out_deinit(struct out *o)
{
	buf_deinit(&o->b);
}

struct err *out_flush(struct out *o)
{
	for (size_t done = 0; done < o->b.size;) {
		ssize_t n = write(STDOUT_FILENO, o->b.data + done, o->b.size - done);

		if (n < 0 && errno != EINTR)
			return err_errno("stdout");
		if (n > 0)
			done += (size_t)n;
	}
	buf_clear(&o->b);
	return NULL;
}

struct err *out_more(struct out *o)
{
	return o->b.size >= OUT_MUCH && !o->whole ? out_flush(o) : NULL;
}

void out_line(struct out *o, const void *text, size_t size)
{
	if (o->form.json)
		return;
	escape_text(&o->b, text, size);
	buf_add_char(&o->b, '\n');
}

void out_linef(struct out *o, const char *fmt, ...)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	va_list args;

	va_start(args, fmt);
	buf_vaddf(&text, fmt, args);
	va_end(args);
	out_line(o, buf_str(&text), text.size);
}

void out_bytes(struct out *o, const void *bytes, size_t size)
{
	buf_add(&o->b, bytes, size);
}

void out_hex(struct buf *b, const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		buf_add_char(b, digits[bytes[i] >> 4]);
		buf_add_char(b, digits[bytes[i] & 15]);
	}
}

void out_hex_dump(struct out *o, uint64_t at, const uint8_t *bytes, size_t size)
{
	struct buf *b = &o->b;

	for (size_t i = 0; i < size; i += 16) {
		buf_addf(b, "%016" PRIx64 " ", at + i);
		for (size_t k = i; k < i + 16; k++) {
			buf_add_char(b, ' ');
			if (k < size)
				out_hex(b, bytes + k, 1);
			else
				buf_add_str(b, "  ");
		}
		buf_add_str(b, "  ");
		for (size_t k = i; k < i + 16 && k < size; k++)
			buf_add_char(b, bytes[k] >= 0x20 && bytes[k] < 0x7f ? (char)bytes[k] : '.');
		buf_add_char(b, '\n');
	}
}
