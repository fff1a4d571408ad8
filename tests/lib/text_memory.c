#include "tests/lib/text_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "memory/source.h"

#define TEXT_MEMORY_MAX (UINT64_C(256) << 20)

struct text_source {
	uint8_t *bytes;
	uint64_t size;
};

static void text_close(struct memory *m)
{
	struct text_source *image = m->source;

	free(image->bytes);
	free(image);
}

static struct err *text_read(struct memory *m, struct memory_read *reads, size_t n)
{
	const struct text_source *image = m->source;

	for (size_t i = 0; i < n; i++) {
		memcpy(reads[i].to, image->bytes + reads[i].at.v, reads[i].size);
		reads[i].status = MEMORY_OK;
	}
	return NULL;
}

static struct err *text_open(const char *rest, struct memory *m)
{
	(void)rest;
	(void)m;
	return err_new(ERR_USAGE, "text: is made by text_memory()");
}

static const struct memory_ops text_ops = {
	.scheme = "text",
	.open = text_open,
	.close = text_close,
	.read = text_read,
};

static _Noreturn void mistake(const char *line, const char *what)
{
	fprintf(stderr, "text memory: \"%.*s\": %s\n", (int)strcspn(line, "\n"), line, what);
	abort();
}

static const char *blanks(const char *p)
{
	return p + strspn(p, " \t");
}

static bool number(const char **p, uint64_t *ret)
{
	char *end;
	const char *start = blanks(*p);

	if ((*start < '0' || *start > '9') && *start != '-')
		return false;
	*ret = *start == '-' ? (uint64_t)strtoll(start, &end, 0) : strtoull(start, &end, 0);
	*p = end;
	return end != start;
}

static void put_bytes(struct memory *m, const char *line, uint64_t at, const void *bytes,
		      size_t size)
{
	struct text_source *image = m->source;

	if (!ram_map_contains(&m->ram_map, PADDR(at), size))
		mistake(line, "is not in the RAM");
	memcpy(image->bytes + at, bytes, size);
}

static void put_ram(struct memory *m, const char *line, const char *p)
{
	struct text_source *image = m->source;
	uint64_t start, end;
	uint8_t *grown;

	if (!number(&p, &start) || *p++ != '-' || !number(&p, &end) || end > TEXT_MEMORY_MAX)
		mistake(line, "expected ram START-END, below 256 MiB");
	ram_map_add(&m->ram_map, PADDR(start), PADDR(end));
	if (end <= image->size)
		return;
	/* calloc() leaves pages that nobody writes to unallocated */
	grown = xcalloc(end, 1);
	if (image->size)
		memcpy(grown, image->bytes, image->size);
	free(image->bytes);
	image->bytes = grown;
	image->size = end;
}

static void put_string(struct memory *m, const char *line, const char *p, uint64_t at)
{
	if (*p++ != '"')
		mistake(line, "expected a string in quotes");
	while (*p && *p != '"' && *p != '\n') {
		char c = *p++;

		if (c == '\\') {
			c = *p == 'n' ? '\n' : *p == 't' ? '\t' : *p == '0' ? '\0' : *p;
			p++;
		}
		put_bytes(m, line, at++, &c, 1);
	}
	if (*p != '"')
		mistake(line, "the string does not end");
}

static void put_fill(struct memory *m, const char *line, const char *p, uint64_t at)
{
	uint64_t size, value;

	if (!number(&p, &size) || !number(&p, &value))
		mistake(line, "expected fill SIZE VALUE");
	for (uint64_t i = 0; i < size; i++)
		put_bytes(m, line, at + i, &(uint8_t){ (uint8_t)value }, 1);
}

static void put_line(struct memory *m, const char *line)
{
	const char *p = blanks(line);
	uint64_t at, index, value;
	size_t size;

	if (!*p || *p == '\n' || *p == '#')
		return;
	if (!strncmp(p, "ram ", 4)) {
		put_ram(m, line, p + 4);
		return;
	}
	if (!number(&p, &at))
		mistake(line, "expected an address");
	if (*p == '[') {
		p++;
		if (!number(&p, &index) || *p++ != ']')
			mistake(line, "expected [INDEX]");
		at += 8 * index;
	}
	if (*p++ != ':')
		mistake(line, "expected a colon behind the address");
	p = blanks(p);
	if (!strncmp(p, "string ", 7)) {
		put_string(m, line, blanks(p + 7), at);
	} else if (!strncmp(p, "fill ", 5)) {
		put_fill(m, line, p + 5, at);
	} else {
		size = !strncmp(p, "u8 ", 3) ? 1 : !strncmp(p, "u16 ", 4) ? 2 :
		       !strncmp(p, "u32 ", 4) ? 4 : !strncmp(p, "u64 ", 4) ? 8 : 0;
		if (!size)
			mistake(line, "expected u8, u16, u32, u64, string or fill");
		for (p += size == 1 ? 3 : 4; number(&p, &value); at += size)
			put_bytes(m, line, at, &value, size);
		p = blanks(p);
		if (*p && *p != '\n' && *p != '#')
			mistake(line, "expected numbers");
	}
}

void text_memory_put(struct memory *m, const char *text)
{
	while (*text) {
		put_line(m, text);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
}

void text_memory_putf(struct memory *m, const char *fmt, ...)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	va_list args;

	va_start(args, fmt);
	buf_vaddf(&b, fmt, args);
	va_end(args);
	text_memory_put(m, buf_str(&b));
}

struct memory *text_memory(const char *text)
{
	struct memory *m = memory_new(&text_ops, "text:", xcalloc(1, sizeof(struct text_source)));

	text_memory_put(m, text);
	return m;
}
