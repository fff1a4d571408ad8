/* read: a process's virtual memory, by address or by the name of a variable. */
#include "base/alloc.h"
#include "walker/cmd/command.h"

#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "base/view.h"
#include "walker/process/elf_symbols.h"

#define READ_MAX (UINT64_C(1) << 40)
#define PIECE (1u << 20)
#define WHOLE_MAX (16u << 20) /* what is not printed piece by piece */
#define STRING_MAX 4096

/* What to read. */
struct range {
	uint64_t at, size;
	const char *symbol; /* or NULL */
	uint64_t done;	    /* bytes that could be read */
};

static bool is_number(const char *text)
{
	return *text >= '0' && *text <= '9';
}

static struct err *parse_range(struct target *t, const struct process *p,
			       const struct options *o, char **args, size_t count,
			       struct range *ret)
{
	struct elf_symbol symbol;
	struct err *e;

	*ret = (struct range){ .size = o->format == READ_U64	? 8 :
				       o->format == READ_STRING ? STRING_MAX :
								  0 };
	if (is_number(args[0])) {
		e = parse_number(args[0], "an address or a symbol", &ret->at);
	} else {
		e = elf_symbol_find(t, p, args[0], &symbol);
		if (e)
			return e;
		ret->symbol = args[0];
		ret->at = symbol.address;
		ret->size = symbol.size ? symbol.size : ret->size;
	}
	if (!e && count == 2)
		e = parse_number(args[1], "a length", &ret->size);
	if (!e && (!ret->size || ret->size > READ_MAX))
		e = err_new(ERR_USAGE, ret->size ? "the length is above 1 TiB" :
						   "say how many bytes are wanted");
	if (!e && ret->size > UINT64_MAX - ret->at)
		e = err_new(ERR_USAGE, "the range passes the end of the address space");
	return e;
}

static void add_u64(struct buf *b, const uint8_t *bytes, size_t size, const char *between)
{
	for (size_t i = 0; i + 8 <= size; i += 8)
		buf_addf(b, "%s%" PRIu64, i ? between : "", load_u64(bytes + i));
}

static void add_json(struct buf *b, const struct process *p, const struct range *r,
		     enum read_format format, const uint8_t *bytes, size_t size)
{
	buf_addf(b, "{\"pid\":%" PRIu32, p->task.pid);
	if (r->symbol) {
		buf_add_str(b, ",\"symbol\":");
		escape_json(b, r->symbol, strlen(r->symbol));
	}
	buf_addf(b, ",\"address\":\"0x%" PRIx64 "\",\"size\":%zu", r->at, size);
	if (format == READ_U64) {
		buf_add_str(b, ",\"u64\":[");
		add_u64(b, bytes, size, ",");
		buf_add_char(b, ']');
	} else if (format == READ_STRING) {
		buf_add_str(b, ",\"string\":");
		escape_json(b, bytes, strnlen((const char *)bytes, size));
	} else {
		buf_add_str(b, ",\"hex\":\"");
		out_hex(b, bytes, size);
		buf_add_char(b, '"');
	}
	buf_add_str(b, "}\n");
}

static struct err *print_whole(struct target *t, const struct process *p, struct range *r,
			       const struct options *o, struct out *out, struct err **why)
{
	CLEANUP(free_ptr) uint8_t *bytes = NULL;
	size_t size = 0;
	struct err *e;

	if (r->size > WHOLE_MAX)
		return err_new(ERR_USAGE, "at most %u MiB can be printed so", WHOLE_MAX >> 20);
	bytes = xmalloc((size_t)r->size);
	e = process_read(t, p, r->at, bytes, (size_t)r->size, &size, why);
	/* a string that ends before what is missing is not cut */
	if (o->format == READ_STRING && size && memchr(bytes, '\0', size)) {
		err_discard(*why);
		*why = NULL;
	}
	r->done = size;
	if (e || !size)
		return e;
	if (o->json) {
		add_json(&out->b, p, r, o->format, bytes, size);
		return NULL;
	}
	if (o->format == READ_U64)
		add_u64(&out->b, bytes, size, "\n");
	else
		escape_text(&out->b, bytes, strnlen((const char *)bytes, size));
	buf_add_char(&out->b, '\n');
	return NULL;
}

static struct err *print_pieces(struct target *t, const struct process *p, struct range *r,
				bool hex, struct out *out, struct err **why)
{
	CLEANUP(free_ptr) uint8_t *bytes = xmalloc(PIECE);

	for (uint64_t at = r->at, left = r->size; left && !*why;) {
		size_t size = left < PIECE ? (size_t)left : PIECE, done = 0;
		struct err *e = process_read(t, p, at, bytes, size, &done, why);

		if (e)
			return e;
		if (hex)
			out_hex_dump(&out->b, at, bytes, done);
		else
			buf_add(&out->b, bytes, done);
		e = out_flush(out);
		if (e)
			return e;
		at += done;
		left -= done;
		r->done += done;
	}
	return NULL;
}

struct err *cmd_read(struct target *t, const struct options *o, char **args, size_t count,
		     struct out *out)
{
	CLEANUP(process_deinit) struct process p = PROCESS_INIT;
	struct err *why = NULL;
	struct range r;
	uint32_t pid = 0;
	struct err *e = parse_pid(args[0], &pid);

	if (!e)
		e = process_open(t, pid, &p);
	if (!e)
		e = parse_range(t, &p, o, args + 1, count - 1, &r);
	if (e)
		return e;
	if (o->json || o->format == READ_U64 || o->format == READ_STRING)
		e = print_whole(t, &p, &r, o, out, &why);
	else
		e = print_pieces(t, &p, &r, o->format == READ_HEX || out->terminal, out, &why);
	/* nothing at all is no answer; a part of it is an incomplete one */
	if (!e && !r.done)
		return why;
	if (!e)
		notes_gap_err(&t->notes, why);
	else
		err_discard(why);
	return e;
}
