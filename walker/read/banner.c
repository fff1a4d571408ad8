#include "walker/read/banner.h"

#include <string.h>

#include "base/alloc.h"
#include "base/escape.h"
#include "symbols.h"

#define BANNER_MAX 1024
#define BANNER_START "Linux version "

static void trim_newline(struct buf *b)
{
	while (b->size && b->data[b->size - 1] == '\n')
		b->data[--b->size] = '\0';
}

static void add_own(struct buf *b)
{
	buf_add_str(b, KERNEL_BANNER);
	trim_newline(b);
}

void banner_add_own(struct buf *b)
{
	CLEANUP(buf_deinit) struct buf own = BUF_INIT;

	add_own(&own);
	escape_text(b, buf_str(&own), own.size);
}

struct err *banner_read(struct kread *k, struct buf *b)
{
	struct kaddr at = kread_symbol(k, SYM_linux_banner);
	char same[sizeof(KERNEL_BANNER)];
	struct err *e = kread(k, at, same, sizeof(same));

	if (e)
		return err_in(e, "linux_banner");
	if (!memcmp(same, KERNEL_BANNER, sizeof(same)))
		buf_add_str(b, same);
	else
		e = kread_text(k, at, BANNER_MAX, b);
	if (e)
		return err_in(e, "linux_banner");
	trim_newline(b);
	return NULL;
}

struct err *banner_other(const struct buf *found)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT, own = BUF_INIT;

	if (strncmp(buf_str(found), BANNER_START, strlen(BANNER_START)))
		return err_new(ERR_DATA, "no banner of a kernel at linux_banner");
	escape_text(&text, found->data, found->size);
	banner_add_own(&own);
	return err_new(ERR_DATA,
		       "another kernel is in this memory: \"%s\"; this walker is for \"%s\"",
		       buf_str(&text), buf_str(&own));
}

struct err *banner_check(const struct buf *found)
{
	CLEANUP(buf_deinit) struct buf own = BUF_INIT;

	add_own(&own);
	if (found->size == own.size && !memcmp(found->data, own.data, own.size))
		return NULL;
	return banner_other(found);
}

/* --- in an image ---------------------------------------------------------------- */

/* Puts the banner at p into ret, if it is one. */
static void take_banner(const char *p, const char *end, struct buf *ret)
{
	size_t prefix = strlen(BANNER_START), left = (size_t)(end - p);

	if (left < prefix + 16 || p[prefix] < '0' || p[prefix] > '9')
		return;
	buf_clear(ret);
	buf_add(ret, p, strnlen(p, left < BANNER_MAX ? left : BANNER_MAX));
	trim_newline(ret);
}

/* "#1 SMP". An image also holds a banner from before it was linked, without the number. */
static bool has_build_number(const struct buf *banner)
{
	const char *p = strstr(buf_str(banner), " #");

	return p && p[2] >= '0' && p[2] <= '9';
}

static void search_piece(const char *p, const char *end, struct buf *ret)
{
	while (!has_build_number(ret)) {
		p = memmem(p, (size_t)(end - p), BANNER_START, strlen(BANNER_START));
		if (!p)
			return;
		take_banner(p, end, ret);
		p++;
	}
}

struct err *banner_search(struct memory *m, struct paddr at, uint64_t size, struct buf *ret)
{
	enum { PIECE = 1 << 20 };
	CLEANUP(free_ptr) char *bytes = xmalloc(PIECE + BANNER_MAX);

	buf_clear(ret);
	for (uint64_t done = 0; done < size && !has_build_number(ret); done += PIECE) {
		uint64_t left = size - done;
		size_t want = left < PIECE + BANNER_MAX ? (size_t)left : PIECE + BANNER_MAX;
		struct err *e = memory_read(m, paddr_add(at, done), bytes, want);

		if (e)
			return e;
		search_piece(bytes, bytes + want, ret);
	}
	return NULL;
}
