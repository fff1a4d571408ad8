#include "recover/parse/ikconfig.h"

#include <stdbool.h>
#include <string.h>
#include <zlib.h>

#define END "IKCFG_ED"
#define END_SIZE 8
#define PACKED_MAX (UINT32_C(2) << 20)
#define CANDIDATES_MAX 64

static void inflate_end(z_stream *z)
{
	inflateEnd(z);
}

/* Inflates the gzip file at data. *used: how many bytes it takes there. */
static struct err *gunzip(const uint8_t *data, size_t size, struct buf *text, size_t *used)
{
	CLEANUP(inflate_end) z_stream z = { .next_in = (Bytef *)(uintptr_t)data };
	char chunk[16384];
	int status = Z_OK;

	z.avail_in = (uInt)(size < PACKED_MAX ? size : PACKED_MAX);
	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return err_new(ERR_SYSTEM, "zlib does not start");
	while (status == Z_OK) {
		z.next_out = (Bytef *)chunk;
		z.avail_out = sizeof(chunk);
		status = inflate(&z, Z_NO_FLUSH);
		buf_add(text, chunk, sizeof(chunk) - z.avail_out);
		if (text->size > IKCONFIG_TEXT_MAX)
			return err_new(ERR_DATA, "unpacks to more than %u bytes",
				       IKCONFIG_TEXT_MAX);
	}
	if (status == Z_BUF_ERROR)
		return err_new(ERR_DATA, "gzip data are cut off after %lu bytes", z.total_in);
	if (status != Z_STREAM_END)
		return err_new(ERR_DATA, "broken gzip data after %lu bytes: %s", z.total_in,
			       z.msg ? z.msg : zError(status));
	*used = z.total_in;
	return NULL;
}

static struct err *text_check(const struct buf *text)
{
	const char *config = strstr(buf_str(text), "CONFIG_");

	if (memchr(buf_str(text), '\0', text->size))
		return err_new(ERR_DATA, "a NUL in the text");
	if (!config || (text->data[0] != '#' && config != text->data))
		return err_new(ERR_DATA, "text of %zu bytes that is no configuration", text->size);
	return NULL;
}

struct err *ikconfig_unpack(const uint8_t *data, size_t size, struct buf *b)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	const uint8_t *packed = data + IKCONFIG_NEEDLE_SIZE;
	size_t left, used = 0;
	struct err *e;

	if (size < IKCONFIG_NEEDLE_SIZE || memcmp(data, IKCONFIG_NEEDLE, IKCONFIG_NEEDLE_SIZE))
		return err_new(ERR_ABSENT, "no %s", IKCONFIG_NEEDLE);
	left = size - IKCONFIG_NEEDLE_SIZE;
	e = gunzip(packed, left, &text, &used);
	if (e)
		return err_in(e, "ikconfig");
	if (left - used < END_SIZE || memcmp(packed + used, END, END_SIZE))
		return err_new(ERR_DATA, "ikconfig: no %s behind %zu bytes of gzip data", END, used);
	e = text_check(&text);
	if (e)
		return err_in(e, "ikconfig");
	buf_add(b, text.data, text.size);
	return NULL;
}

struct err *ikconfig_find(const uint8_t *image, size_t size, size_t *offset, struct buf *b)
{
	CLEANUP(buf_deinit) struct buf found = BUF_INIT;
	const uint8_t *at = image, *end = image + size;
	struct err *why = NULL;
	unsigned tried = 0;
	size_t first = 0;

	while (size && tried++ < CANDIDATES_MAX &&
	       (at = memmem(at, (size_t)(end - at), IKCONFIG_NEEDLE, IKCONFIG_NEEDLE_SIZE))) {
		CLEANUP(buf_deinit) struct buf text = BUF_INIT;
		size_t here = (size_t)(at - image);
		struct err *e = ikconfig_unpack(at, (size_t)(end - at), &text);

		at += IKCONFIG_NEEDLE_SIZE;
		if (e && !why) {
			why = err_in(e, "at %#zx", here);
		} else if (e) {
			err_discard(e);
		} else if (!found.size) {
			first = here;
			buf_add(&found, text.data, text.size);
		} else if (found.size != text.size || memcmp(found.data, text.data, text.size)) {
			err_discard(why);
			return err_new(ERR_DATA, "ikconfig: at %#zx and at %#zx, and they differ",
				       first, here);
		}
	}
	if (!found.size)
		return why ? why : err_new(ERR_ABSENT, "no ikconfig in %zu bytes", size);
	err_discard(why);
	*offset = first;
	buf_add(b, found.data, found.size);
	return NULL;
}
