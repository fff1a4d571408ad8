/* memory: shows what a memory source holds, for operators and tests.
 *
 *	memory info URI			its RAM map, its kind, what is missing
 *	memory compare URI URI		compares the RAM of both, byte by byte
 *	memory read URI START END	writes the bytes [START, END) to stdout
 *
 * Exit: 0 done (compare: equal), 1 no address in common, 2 usage, 3 they differ, or not all could
 * be read, 4 the source failed.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/escape.h"
#include "base/progress.h"
#include "memory/memory.h"

#define PIECE (1u << 20)

static const char usage[] = "usage: memory info URI\n"
			    "       memory compare URI URI\n"
			    "       memory read URI START END\n";

static void print_text(const char *name, const char *text, size_t size)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	for (size_t i = 0, n; i < size; i += n + 1) {
		const char *newline = memchr(text + i, '\n', size - i);

		n = newline ? (size_t)(newline - (text + i)) : size - i;
		buf_add_str(&b, name);
		escape_text(&b, text + i, n);
		buf_add_char(&b, '\n');
	}
	fputs(buf_str(&b), stdout);
}

static struct err *info(const char *uri)
{
	CLEANUP(memory_closep) struct memory *m = NULL;
	CLEANUP(buf_deinit) struct buf map = BUF_INIT;
	struct err *e = memory_open(uri, &m);
	const char *vmcoreinfo;
	size_t size = 0;

	if (e)
		return e;
	ram_map_format(memory_ram_map(m), &map);
	printf("# %" PRIu64 " KiB of RAM, %s\n%s", ram_map_size(memory_ram_map(m)) >> 10,
	       memory_limits(m)->live ? "live" : "at rest", buf_str(&map));
	vmcoreinfo = memory_vmcoreinfo(m, &size);
	print_text("# vmcoreinfo: ", vmcoreinfo, size);
	print_text("# ", memory_notes(m), strlen(memory_notes(m)));
	return NULL;
}

/* --- compare ---------------------------------------------------------------------- */

struct comparison {
	struct memory *a, *b;
	uint64_t same, different, unreadable; /* bytes; unreadable: in one of them, or in both */
	uint64_t only_a, only_b;	      /* bytes that only this one could read */
	struct paddr first;		      /* the first byte that differs or that only one has */
};

static struct err *read_both(struct comparison *c, struct paddr at, uint32_t size, uint8_t *x,
			     uint8_t *y, enum memory_status status[2])
{
	struct memory_read r = { at, size, x, MEMORY_OK };
	struct err *e = memory_read_vector(c->a, &r, 1);

	if (e)
		return e;
	status[0] = r.status;
	r.to = y;
	e = memory_read_vector(c->b, &r, 1);
	status[1] = r.status;
	return e;
}

static void mark(struct comparison *c, struct paddr at)
{
	if (at.v < c->first.v)
		c->first = at;
}

static struct err *compare_page(struct comparison *c, struct paddr at, uint32_t size)
{
	uint8_t x[PAGE_SIZE], y[PAGE_SIZE];
	enum memory_status status[2];
	struct err *e = read_both(c, at, size, x, y, status);

	if (e)
		return e;
	if (status[0] != MEMORY_OK || status[1] != MEMORY_OK) {
		c->unreadable += size;
		if (status[0] == status[1])
			return NULL;
		*(status[0] == MEMORY_OK ? &c->only_a : &c->only_b) += size;
		mark(c, at);
		return NULL;
	}
	for (uint32_t i = 0; i < size; i++) {
		if (x[i] == y[i])
			continue;
		c->different++;
		mark(c, paddr_add(at, i));
	}
	return NULL;
}

static struct err *compare_piece(struct comparison *c, struct paddr at, uint32_t size, uint8_t *x,
				 uint8_t *y)
{
	enum memory_status status[2];
	struct err *e = read_both(c, at, size, x, y, status);

	if (e)
		return e;
	if (status[0] == MEMORY_OK && status[1] == MEMORY_OK && !memcmp(x, y, size)) {
		c->same += size;
		return NULL;
	}
	for (uint32_t done = 0, n; done < size; done += n) {
		uint64_t bad = c->different + c->unreadable;

		n = (uint32_t)(PAGE_SIZE - (at.v + done) % PAGE_SIZE);
		n = n < size - done ? n : size - done;
		e = compare_page(c, paddr_add(at, done), n);
		if (e)
			return e;
		c->same += n - (c->different + c->unreadable - bad);
	}
	return NULL;
}

static struct err *compare_ranges(struct comparison *c, const struct ram_map *map)
{
	CLEANUP(free_ptr) uint8_t *x = xmalloc(PIECE), *y = xmalloc(PIECE);
	CLEANUP(progress_deinit) struct progress bar;

	progress_init(&bar, "compare", ram_map_size(map));
	for (size_t i = 0; i < map->count; i++) {
		struct paddr at = map->ranges[i].start, end = map->ranges[i].end;

		for (uint32_t size; at.v < end.v; at.v += size) {
			struct err *e;

			size = end.v - at.v < PIECE ? (uint32_t)(end.v - at.v) : PIECE;
			e = compare_piece(c, at, size, x, y);
			if (e)
				return e;
			progress_update(&bar, c->same + c->different + c->unreadable);
		}
	}
	return NULL;
}

static struct err *compare(const char *uri_a, const char *uri_b)
{
	CLEANUP(memory_closep) struct memory *a = NULL, *b = NULL;
	CLEANUP(ram_map_deinit) struct ram_map both = RAM_MAP_INIT;
	struct comparison c = { .first = PADDR(UINT64_MAX) };
	struct err *e = memory_open(uri_a, &a);

	if (e)
		return e;
	e = memory_open(uri_b, &b);
	if (e)
		return e;
	ram_map_intersect(&both, memory_ram_map(a), memory_ram_map(b));
	if (!both.count)
		return err_new(ERR_ABSENT, "%s and %s have no address in common", uri_a, uri_b);
	c.a = a;
	c.b = b;
	e = compare_ranges(&c, &both);
	if (e)
		return e;
	printf("ram_a=%" PRIu64 " ram_b=%" PRIu64 " both=%" PRIu64 " same=%" PRIu64
	       " different=%" PRIu64 " unreadable=%" PRIu64 " only_a=%" PRIu64 " only_b=%" PRIu64
	       "\n", ram_map_size(memory_ram_map(a)), ram_map_size(memory_ram_map(b)),
	       ram_map_size(&both), c.same, c.different, c.unreadable, c.only_a, c.only_b);
	if (c.first.v != UINT64_MAX)
		return err_new(ERR_DATA, "they differ, first at 0x%" PRIx64, c.first.v);
	return NULL;
}

/* --- read --------------------------------------------------------------------------- */

static struct err *parse_address(const char *text, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 0);
	if (!*text || *end || errno || *text == '-')
		return err_new(ERR_USAGE, "\"%s\": expected an address like 0x1000", text);
	return NULL;
}

static struct err *read_range(const char *uri, const char *start_text, const char *end_text)
{
	CLEANUP(memory_closep) struct memory *m = NULL;
	CLEANUP(free_ptr) uint8_t *bytes = xmalloc(PIECE);
	uint64_t at = 0, end = 0;
	struct err *e = parse_address(start_text, &at);

	if (e)
		return e;
	e = parse_address(end_text, &end);
	if (e)
		return e;
	e = memory_open(uri, &m);
	if (e)
		return e;
	for (size_t size; at < end; at += size) {
		size = end - at < PIECE ? (size_t)(end - at) : PIECE;
		e = memory_read(m, PADDR(at), bytes, size);
		if (e)
			return e;
		if (fwrite(bytes, 1, size, stdout) != size)
			return err_errno("stdout");
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct err *e;

	if (argc == 3 && !strcmp(argv[1], "info"))
		e = info(argv[2]);
	else if (argc == 4 && !strcmp(argv[1], "compare"))
		e = compare(argv[2], argv[3]);
	else if (argc == 5 && !strcmp(argv[1], "read"))
		e = read_range(argv[2], argv[3], argv[4]);
	else {
		fputs(usage, stderr);
		return ERR_USAGE;
	}
	if (fflush(stdout) && !e)
		e = err_errno("stdout");
	return err_report(e, "memory");
}
