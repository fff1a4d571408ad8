/* read: a process's virtual memory, by address or by the name of a variable. */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/view.h"
#include "walker/cmd/command.h"
#include "walker/process/elf_symbols.h"

#define READ_MAX (UINT64_C(1) << 40)
#define PIECE (1u << 20)
#define WHOLE_MAX (16u << 20) /* bytes that are printed in one piece */
#define STRING_MAX 4096

enum read_format {
	READ_BYTES,
	READ_HEX,
	READ_U64,
	READ_STRING,
};

struct read_options {
	enum read_format format;
};

enum { PID, SYMBOL, ADDRESS, SIZE, U64, STRING, HEX, COLUMNS };

static const struct column columns[COLUMNS] = {
	[PID] = COLUMN("pid", U64),
	[SYMBOL] = COLUMN("symbol", TEXT),
	[ADDRESS] = COLUMN("address", HEX),
	[SIZE] = COLUMN("size", U64),
	[U64] = COLUMN("u64", NUMBERS),
	[STRING] = COLUMN("string", TEXT),
	[HEX] = COLUMN("hex", BYTES),
};

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

/* A variable, whose size the program's file may know, or an address. */
static struct err *parse_place(struct target *t, const struct process *p, const char *text,
			       struct range *r)
{
	struct elf_symbol symbol;
	struct err *e;

	if (is_number(text))
		return parse_number(text, "an address or a symbol", &r->at);
	e = elf_symbol_find(t, p, text, &symbol);
	if (e)
		return e;
	r->symbol = text;
	r->at = symbol.address;
	r->size = symbol.size ? symbol.size : r->size;
	return NULL;
}

static struct err *parse_range(struct target *t, const struct process *p, enum read_format format,
			       char **args, size_t count, struct range *ret)
{
	struct err *e;

	*ret = (struct range){ .size = format == READ_U64    ? 8 :
				       format == READ_STRING ? STRING_MAX :
							       0 };
	e = parse_place(t, p, args[0], ret);
	if (e)
		return e;
	if (count == 2) {
		e = parse_number(args[1], "a length", &ret->size);
		if (e)
			return e;
	}
	if (!ret->size)
		return err_new(ERR_USAGE, "say how many bytes are wanted");
	if (ret->size > READ_MAX)
		return err_new(ERR_USAGE, "the length is above 1 TiB");
	if (ret->size > UINT64_MAX - ret->at)
		return err_new(ERR_USAGE, "the range passes the end of the address space");
	return NULL;
}

static struct err *print_json(const struct process *p, const struct range *r,
			      enum read_format format, const uint8_t *bytes, size_t size,
			      struct out *out)
{
	CLEANUP(rows_deinit) struct rows rows = ROWS_INIT;
	struct err *e = rows_init(&rows, out, ROWS_LINES, columns, COLUMNS, NULL);

	if (e)
		return e;
	row_number(&rows, PID, p->task.pid);
	if (r->symbol)
		row_str(&rows, SYMBOL, r->symbol);
	row_number(&rows, ADDRESS, r->at);
	row_number(&rows, SIZE, size);
	if (format == READ_U64) {
		row_list(&rows, U64);
		for (size_t i = 0; i + 8 <= size; i += 8)
			row_list_number(&rows, U64, load_u64(bytes + i));
	} else if (format == READ_STRING) {
		row_text(&rows, STRING, bytes, strnlen((const char *)bytes, size));
	} else {
		row_text(&rows, HEX, bytes, size);
	}
	return row_end(&rows);
}

static struct err *print_whole(struct target *t, const struct process *p, struct range *r,
			       enum read_format format, struct out *out, struct err **why)
{
	CLEANUP(free_ptr) uint8_t *bytes = NULL;
	size_t size = 0;
	struct err *e;

	if (r->size > WHOLE_MAX)
		return err_new(ERR_USAGE, "at most %u MiB can be printed so", WHOLE_MAX >> 20);
	bytes = xmalloc((size_t)r->size);
	e = process_read(t, p, r->at, bytes, (size_t)r->size, &size, why);
	/* a string that ends in front of the missing bytes is whole */
	if (format == READ_STRING && size && memchr(bytes, '\0', size)) {
		err_discard(*why);
		*why = NULL;
	}
	r->done = size;
	if (e || !size)
		return e;
	if (out->form.json)
		return print_json(p, r, format, bytes, size, out);
	if (format == READ_STRING)
		out_line(out, bytes, strnlen((const char *)bytes, size));
	else if (size < 8) /* an empty line: no number fits into them */
		out_line(out, "", 0);
	for (size_t i = 0; format == READ_U64 && i + 8 <= size; i += 8)
		out_linef(out, "%" PRIu64, load_u64(bytes + i));
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
			out_hex_dump(out, at, bytes, done);
		else
			out_bytes(out, bytes, done);
		e = out_flush(out);
		if (e)
			return e;
		at += done;
		left -= done;
		r->done += done;
	}
	return NULL;
}

static struct err *run(const struct call *c)
{
	CLEANUP(process_deinit) struct process p = PROCESS_INIT;
	enum read_format format = ((const struct read_options *)c->options)->format;
	struct err *why = NULL;
	struct range r;
	uint32_t pid = 0;
	struct err *e = parse_pid(c->args[0], &pid);

	if (e)
		return e;
	e = process_open(c->t, pid, &p);
	if (e)
		return e;
	e = parse_range(c->t, &p, format, c->args + 1, c->count - 1, &r);
	if (e)
		return e;
	if (c->out->form.json || format == READ_U64 || format == READ_STRING)
		e = print_whole(c->t, &p, &r, format, c->out, &why);
	else
		e = print_pieces(c->t, &p, &r, format == READ_HEX || c->out->terminal, c->out,
				 &why);
	if (e) {
		err_discard(why);
		return e;
	}
	/* nothing at all is no answer; a part of it is an incomplete one */
	if (!r.done)
		return why;
	notes_gap_err(&c->t->notes, why);
	return NULL;
}

static const struct option_row option_rows[] = {
	OPTION_CHOICE('x', "hex", struct read_options, format, enum read_format, READ_HEX,
		      "print in hexadecimal"),
	OPTION_CHOICE(0, "u64", struct read_options, format, enum read_format, READ_U64,
		      "print numbers of 8 bytes, one a line"),
	OPTION_CHOICE(0, "string", struct read_options, format, enum read_format, READ_STRING,
		      "print the text up to its first NUL"),
};

const struct command command_read = {
	.name = "read",
	.what = "read a process's memory",
	.arguments = "PID ADDRESS LENGTH | PID SYMBOL [LENGTH]",
	.min = 2,
	.max = 3,
	COMMAND_OPTIONS(option_rows, struct read_options),
	.run = run,
};
