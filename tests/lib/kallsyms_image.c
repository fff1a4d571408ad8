#include "tests/lib/kallsyms_image.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

const struct image_layout image_layouts[] = {
	{ "4.15 to 4.19", IMAGE_ABSOLUTE_PERCPU, false, 8, 0, 8, false },
	{ "4.15 to 4.19, one CPU", IMAGE_BASE, false, 8, 0, 8, false },
	{ "4.15 to 4.19, !BASE_RELATIVE", IMAGE_ABSOLUTE, false, 8, 0, 8, false },
	{ "4.20 to 6.1", IMAGE_ABSOLUTE_PERCPU, false, 4, 0, 8, false },
	{ "4.20 to 6.1, one CPU", IMAGE_BASE, false, 4, 0, 8, false },
	{ "4.20 to 6.1, !BASE_RELATIVE", IMAGE_ABSOLUTE, false, 4, 0, 8, false },
	{ "6.1 patched, 6.2, 6.3", IMAGE_ABSOLUTE_PERCPU, false, 4, 3, 8, false },
	{ "6.2 before it was released", IMAGE_ABSOLUTE_PERCPU, false, 4, 4, 8, false },
	{ "6.4 to 6.14", IMAGE_ABSOLUTE_PERCPU, true, 4, 3, 8, false },
	{ "6.4 to 6.10, !BASE_RELATIVE", IMAGE_ABSOLUTE, true, 4, 3, 8, false },
	{ "6.15 to 6.19", IMAGE_BASE, true, 4, 3, 8, false },
	{ "7.0", IMAGE_PC, true, 4, 3, 4, false },
	{ "4.14 to 4.19 of OpenWrt", IMAGE_BASE, false, 8, 0, 8, true },
	{ "5.4 to 5.15 of OpenWrt", IMAGE_BASE, false, 4, 0, 8, true },
	{ "6.6 and 6.12 of OpenWrt", IMAGE_BASE, true, 4, 3, 8, true },
	{ "7.0 of OpenWrt", IMAGE_PC, true, 4, 3, 4, true },
};
const size_t image_layouts_count = sizeof(image_layouts) / sizeof(*image_layouts);

/* --- compression: the most frequent pair of codes gets a code of its own, again and again */

struct encoder {
	bool used[256];
	struct buf token[256]; /* characters that a code stands for */
	struct buf *name;      /* codes of each symbol: type and name */
	size_t count;
};

static void replace_pair(struct encoder *e, unsigned left, unsigned right, unsigned code)
{
	for (size_t i = 0; i < e->count; i++) {
		struct buf *b = &e->name[i];
		size_t to = 0;

		for (size_t from = 0; from < b->size; from++) {
			if (from + 1 < b->size && (uint8_t)b->data[from] == left &&
			    (uint8_t)b->data[from + 1] == right) {
				b->data[to++] = (char)code;
				from++;
			} else {
				b->data[to++] = b->data[from];
			}
		}
		b->size = to;
	}
}

static void compress(struct encoder *e)
{
	CLEANUP(free_ptr) uint32_t *pairs = xcalloc(65536, sizeof(*pairs));

	for (unsigned code = 255; code > 0; code--) {
		uint32_t best = 0;

		if (e->used[code])
			continue;
		memset(pairs, 0, 65536 * sizeof(*pairs));
		for (size_t i = 0; i < e->count; i++)
			for (size_t c = 0; c + 1 < e->name[i].size; c++)
				pairs[(uint8_t)e->name[i].data[c] << 8 |
				      (uint8_t)e->name[i].data[c + 1]]++;
		for (uint32_t p = 0; p < 65536; p++)
			if (pairs[p] > pairs[best])
				best = p;
		if (pairs[best] < 2)
			break;
		buf_add(&e->token[code], e->token[best >> 8].data, e->token[best >> 8].size);
		buf_add(&e->token[code], e->token[best & 255].data, e->token[best & 255].size);
		replace_pair(e, best >> 8, best & 255, code);
	}
}

static struct encoder encode(const struct image_symbol *symbols, size_t count, bool uncompressed)
{
	struct encoder e = { .name = xcalloc(count, sizeof(*e.name)), .count = count };

	for (size_t i = 0; i < count; i++) {
		buf_add_char(&e.name[i], symbols[i].type);
		buf_add_str(&e.name[i], symbols[i].name);
		for (size_t c = 0; c < e.name[i].size; c++)
			e.used[(uint8_t)e.name[i].data[c]] = true;
	}
	for (unsigned c = 0; c < 256; c++)
		if (e.used[c])
			buf_add_char(&e.token[c], (char)c);
	if (!uncompressed)
		compress(&e);
	return e;
}

static void encoder_deinit(struct encoder *e)
{
	for (unsigned c = 0; c < 256; c++)
		buf_deinit(&e->token[c]);
	for (size_t i = 0; i < e->count; i++)
		buf_deinit(&e->name[i]);
	free(e->name);
}

/* --- tables ------------------------------------------------------------------- */

struct writer {
	const struct image_layout *layout;
	const struct image_symbol *symbols;
	size_t count;
	const struct encoder *code;
	size_t start; /* of the tables in the image */
	struct buf out;
	struct kernel_image *places;
};

static void add_number(struct buf *b, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		buf_add_char(b, (char)(value >> (8 * i)));
}

/* ALGN label: */
static size_t label(struct writer *w)
{
	while (w->out.size % w->layout->align)
		buf_add_char(&w->out, 0);
	return w->start + w->out.size;
}

static uint64_t relative_base(const struct writer *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->symbols[i].address >> 63)
			return w->symbols[i].address;
	return 0;
}

static void write_addresses(struct writer *w)
{
	uint64_t base = relative_base(w);

	w->places->addresses = label(w);
	for (size_t i = 0; i < w->count; i++) {
		uint64_t address = w->symbols[i].address;
		uint64_t here = w->places->va + w->start + w->out.size;

		switch (w->layout->addresses) {
		case IMAGE_ABSOLUTE:
			add_number(&w->out, address, 8);
			break;
		case IMAGE_BASE:
			add_number(&w->out, address - base, 4);
			break;
		case IMAGE_ABSOLUTE_PERCPU:
			add_number(&w->out, address >> 63 ? base - address - 1 : address, 4);
			break;
		case IMAGE_PC:
			add_number(&w->out, address - here, 4);
			break;
		}
	}
	if (w->layout->addresses == IMAGE_BASE || w->layout->addresses == IMAGE_ABSOLUTE_PERCPU) {
		w->places->relative_base = label(w);
		add_number(&w->out, base, 8);
	}
}

static void write_names(struct writer *w)
{
	CLEANUP(buf_deinit) struct buf markers = BUF_INIT;
	size_t start;

	w->places->num_syms = label(w);
	add_number(&w->out, w->count, w->layout->word);
	w->places->names = label(w);
	start = w->out.size;
	for (size_t i = 0; i < w->count; i++) {
		const struct buf *name = &w->code->name[i];

		if (i % 256 == 0)
			add_number(&markers, w->out.size - start, w->layout->word);
		if (name->size > 0x7f) {
			buf_add_char(&w->out, (char)((name->size & 0x7f) | 0x80));
			buf_add_char(&w->out, (char)(name->size >> 7));
		} else {
			buf_add_char(&w->out, (char)name->size);
		}
		buf_add(&w->out, name->data, name->size);
	}
	w->places->markers = label(w);
	buf_add(&w->out, markers.data, markers.size);
}

/* Any permutation will do: nobody sorts these names. */
static void write_seqs(struct writer *w)
{
	if (!w->layout->seq)
		return;
	label(w);
	for (size_t i = 0; i < w->count; i++) {
		size_t seq = (i * 7919 + 13) % w->count;

		if (w->layout->seq == 4)
			add_number(&w->out, seq, 4);
		for (int shift = 16; w->layout->seq == 3 && shift >= 0; shift -= 8)
			buf_add_char(&w->out, (char)(seq >> shift));
	}
}

static void write_tokens(struct writer *w)
{
	CLEANUP(buf_deinit) struct buf index = BUF_INIT;
	size_t start;

	if (w->layout->uncompressed)
		return;
	w->places->token_table = label(w);
	start = w->out.size;
	for (unsigned c = 0; c < 256; c++) {
		add_number(&index, w->out.size - start, 2);
		buf_add(&w->out, buf_str(&w->code->token[c]), w->code->token[c].size + 1);
	}
	w->places->token_index = label(w);
	buf_add(&w->out, index.data, index.size);
}

static void write_tables(struct writer *w)
{
	if (w->layout->addresses_last) {
		write_names(w);
		write_tokens(w);
		write_addresses(w);
		write_seqs(w);
	} else {
		write_addresses(w);
		write_names(w);
		write_seqs(w);
		write_tokens(w);
	}
}

struct kernel_image kernel_image_build(const struct image_layout *layout, uint64_t va, size_t size,
				       size_t at, const struct image_symbol *symbols, size_t count)
{
	struct kernel_image image = { .va = va, .tables = at };
	struct encoder code = encode(symbols, count, layout->uncompressed);
	struct writer w = { layout, symbols, count, &code, at, BUF_INIT, &image };
	CLEANUP(free_ptr) char *code_bytes = memset(xmalloc(size), 0xcc, size);

	write_tables(&w);
	image.end = at + w.out.size;
	if (image.end > size)
		abort();
	buf_add(&image.data, code_bytes, size);
	memcpy(image.data.data + at, w.out.data, w.out.size);
	for (size_t i = 0; i < count; i++)
		if (!strcmp(symbols[i].name, "linux_banner"))
			strcpy(image.data.data + (symbols[i].address - va), "Linux version 0.0");
	buf_deinit(&w.out);
	encoder_deinit(&code);
	return image;
}

void kernel_image_deinit(struct kernel_image *image)
{
	buf_deinit(&image->data);
}

/* --- symbols ------------------------------------------------------------------ */

static const char *const verbs[] = { "get", "put", "alloc", "free", "__x64_sys", "do", "init" };
static const char *const nouns[] = { "page", "inode", "task", "vma", "dentry", "cred", "bio",
				     "skb", "pid_namespace", "workqueue", "cgroup" };

static char *invent_name(size_t i)
{
	const char *verb = verbs[i % (sizeof(verbs) / sizeof(*verbs))];
	const char *noun = nouns[i / 7 % (sizeof(nouns) / sizeof(*nouns))];
	char *name;

	/* One in 500 is so long that its length takes two bytes even when compressed. */
	if (i % 500 != 250)
		return xasprintf("%s_%s_%zu", verb, noun, i);
	name = xmalloc(401);
	for (unsigned c = 0; c < 400; c++)
		name[c] = (char)('A' + (i * 31 + c * c * 7 + c * 3) % 26);
	name[400] = '\0';
	return name;
}

struct image_symbol *image_symbols(const struct image_layout *layout, uint64_t va, size_t size,
				   size_t count)
{
	struct image_symbol *s = xcalloc(count, sizeof(*s));
	size_t percpu = layout->addresses == IMAGE_ABSOLUTE_PERCPU ? 20 : 0;
	size_t i = 0;

	for (; i < percpu; i++)
		s[i] = (struct image_symbol){ i * 64, 'A', xasprintf("percpu_%zu", i) };
	s[i++] = (struct image_symbol){ va, 'T', xstrdup("startup_64") };
	s[i++] = (struct image_symbol){ va, 'T', xstrdup("_text") };
	for (; i < count - 3; i++)
		s[i] = (struct image_symbol){ va + 16 * i, i % 3 ? 't' : 'T', invent_name(i) };
	s[i++] = (struct image_symbol){ va + size - 128, 'D', xstrdup("linux_banner") };
	s[i++] = (struct image_symbol){ va + size - 64, 'D', xstrdup("init_task") };
	s[i++] = (struct image_symbol){ va + size, 'B', xstrdup("_end") };
	return s;
}

void image_symbols_free(struct image_symbol *symbols, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free((void *)(uintptr_t)symbols[i].name);
	free(symbols);
}
