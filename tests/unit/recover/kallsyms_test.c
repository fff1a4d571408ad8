#include "tests/lib/unit.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/progress.h"
#include "recover/kallsyms/kallsyms.h"
#include "tests/lib/kallsyms_image.h"

#define VA UINT64_C(0xffffffff9a200000)
#define SIZE ((size_t)1 << 20)
#define AT ((size_t)0x40000)
#define COUNT ((size_t)3001)

struct fixture {
	struct image_symbol *symbols;
	size_t count;
	struct kernel_image image;
};

static struct fixture fixture_of(const struct image_layout *layout)
{
	struct fixture f = { .count = COUNT };

	f.symbols = image_symbols(layout, VA, SIZE, f.count);
	f.image = kernel_image_build(layout, VA, SIZE, AT, f.symbols, f.count);
	return f;
}

static void fixture_deinit(struct fixture *f)
{
	image_symbols_free(f->symbols, f->count);
	kernel_image_deinit(&f->image);
}

static const struct image_layout *layout_of(const char *kernels)
{
	for (size_t i = 0; i < image_layouts_count; i++)
		if (!strcmp(image_layouts[i].kernels, kernels))
			return &image_layouts[i];
	fail_msg("no layout %s", kernels);
	return NULL;
}

static struct err *find_at(const struct fixture *f, uint64_t va, struct kallsyms **ret)
{
	return kallsyms_find((const uint8_t *)f->image.data.data, f->image.data.size, KADDR(va),
			     ret);
}

static struct err *find(const struct fixture *f, struct kallsyms **ret)
{
	return find_at(f, VA, ret);
}

static void put(struct fixture *f, size_t at, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		f->image.data.data[at + i] = (char)(value >> (8 * i));
}

static uint64_t get(const struct fixture *f, size_t at, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = bytes; i-- > 0;)
		value = value << 8 | (uint8_t)f->image.data.data[at + i];
	return value;
}

static void assert_symbols(const struct kallsyms *k, const struct fixture *f, const char *what)
{
	if (kallsyms_count(k) != f->count)
		fail_msg("%s: %zu symbols", what, kallsyms_count(k));
	for (size_t i = 0; i < f->count; i++) {
		struct kallsym found = kallsyms_at(k, i);
		const struct image_symbol *s = &f->symbols[i];

		if (found.address.v != s->address || found.type != s->type ||
		    strcmp(found.name, s->name))
			fail_msg("%s: symbol %zu: %jx %c %s instead of %jx %c %s", what, i,
				 (uintmax_t)found.address.v, found.type, found.name,
				 (uintmax_t)s->address, s->type, s->name);
	}
}

/* --- layouts ------------------------------------------------------------------ */

static void every_layout_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < image_layouts_count; i++) {
		CLEANUP(fixture_deinit) struct fixture f = fixture_of(&image_layouts[i]);
		CLEANUP(kallsyms_freep) struct kallsyms *k = NULL;
		struct err *e = find(&f, &k);
		struct kaddr address;

		if (e)
			fail_msg("%s: %s", image_layouts[i].kernels, err_text(e));
		assert_symbols(k, &f, image_layouts[i].kernels);
		assert_ok(kallsyms_lookup(k, "init_task", &address));
		assert_true(address.v == VA + SIZE - 64);
	}
}

/* CONFIG_KALLSYMS_ALL=n: functions only. */
static void every_layout_is_read_without_data_symbols(void **state)
{
	(void)state;
	for (size_t i = 0; i < image_layouts_count; i++) {
		const struct image_layout *layout = &image_layouts[i];
		CLEANUP(fixture_deinit) struct fixture f = { .count = COUNT };
		CLEANUP(kallsyms_freep) struct kallsyms *k = NULL;
		struct err *e;

		f.symbols = image_symbols(layout, VA, SIZE, f.count);
		for (size_t s = f.count - 3; s < f.count; s++)
			free((void *)(uintptr_t)f.symbols[s].name);
		f.count -= 3;
		f.image = kernel_image_build(layout, VA, SIZE, AT, f.symbols, f.count);
		e = find(&f, &k);
		if (e)
			fail_msg("%s: %s", layout->kernels, err_text(e));
		assert_symbols(k, &f, layout->kernels);
	}
}

static void any_number_of_symbols_is_read(void **state)
{
	static const size_t counts[] = { 257, 511, 512, 513, 1024, 1025, 1026, 1027, 1028, 5119 };

	(void)state;
	for (size_t l = 0; l < image_layouts_count; l++)
		for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
			struct fixture f = { .count = counts[i] };
			CLEANUP(kallsyms_freep) struct kallsyms *k = NULL;
			struct err *e;

			if (image_layouts[l].uncompressed && counts[i] < 1024)
				continue; /* too few markers to start from */
			f.symbols = image_symbols(&image_layouts[l], VA, SIZE, f.count);
			f.image = kernel_image_build(&image_layouts[l], VA, SIZE, AT + 8 * i,
						     f.symbols, f.count);
			e = find(&f, &k);
			if (e)
				fail_msg("%s: %zu symbols: %s", image_layouts[l].kernels, counts[i],
					 err_text(e));
			assert_symbols(k, &f, image_layouts[l].kernels);
			fixture_deinit(&f);
		}
}

static void the_map_has_link_time_addresses(void **state)
{
	CLEANUP(fixture_deinit) struct fixture f = fixture_of(layout_of("6.4 to 6.14"));
	CLEANUP(kallsyms_freep) struct kallsyms *k = NULL;
	CLEANUP(buf_deinit) struct buf map = BUF_INIT;

	(void)state;
	assert_ok(find(&f, &k));
	kallsyms_format_system_map(k, 0x19200000, &map);
	assert_memory_equal(map.data, "0000000000000000 A percpu_0\n0000000000000040 A", 45);
	assert_non_null(strstr(map.data, "\nffffffff81000000 T _text\n"));
	assert_string_equal(map.data + map.size - 24, "ffffffff81100000 B _end\n");
}

static void the_description_names_the_layout(void **state)
{
	CLEANUP(fixture_deinit) struct fixture f = fixture_of(layout_of("6.1 patched, 6.2, 6.3"));
	CLEANUP(kallsyms_freep) struct kallsyms *k = NULL;
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	(void)state;
	assert_ok(find(&f, &k));
	kallsyms_describe(k, &b);
	assert_non_null(strstr(b.data, "3001 symbols, addresses base-relative, absolute per-CPU at "
				       "0x40000, "));
	assert_non_null(strstr(b.data, "32-bit markers"));
	assert_non_null(strstr(b.data, "3-byte sequence numbers"));
}

/* --- lookup ------------------------------------------------------------------- */

static void rename_symbol(struct fixture *f, size_t i, char type, const char *name)
{
	free((void *)(uintptr_t)f->symbols[i].name);
	f->symbols[i].name = xstrdup(name);
	f->symbols[i].type = type;
}

static void of_equal_names_the_global_one_is_meant(void **state)
{
	const struct image_layout *layout = layout_of("7.0");
	CLEANUP(fixture_deinit) struct fixture f = { .count = COUNT };
	CLEANUP(kallsyms_freep) struct kallsyms *k = NULL;
	struct kaddr address = KADDR(1);

	(void)state;
	f.symbols = image_symbols(layout, VA, SIZE, f.count);
	rename_symbol(&f, 100, 't', "one_global");
	rename_symbol(&f, 101, 'T', "one_global");
	rename_symbol(&f, 102, 't', "one_global");
	rename_symbol(&f, 103, 't', "two_local");
	rename_symbol(&f, 104, 't', "two_local");
	rename_symbol(&f, 105, 'T', "two_global");
	rename_symbol(&f, 106, 'D', "two_global");
	rename_symbol(&f, 107, 't', "same_place");
	rename_symbol(&f, 108, 't', "same_place");
	f.symbols[108].address = f.symbols[107].address;
	f.image = kernel_image_build(layout, VA, SIZE, AT, f.symbols, f.count);
	assert_ok(find(&f, &k));
	assert_err(kallsyms_lookup(k, "two_local", &address), ERR_DATA, "two_local has 2 addresses");
	assert_err(kallsyms_lookup(k, "two_global", &address), ERR_DATA, "has 2 addresses");
	assert_err(kallsyms_lookup(k, "none", &address), ERR_ABSENT, "no symbol none");
	assert_err(kallsyms_lookup(k, "", &address), ERR_ABSENT, "no symbol");
	assert_true(address.v == 1);
	assert_ok(kallsyms_lookup(k, "one_global", &address));
	assert_true(address.v == f.symbols[101].address);
	assert_ok(kallsyms_lookup(k, "same_place", &address));
	assert_true(address.v == f.symbols[107].address);
}

/* A third of all symbols has one name, and still they are looked up in a moment. */
static void one_name_a_thousand_times_costs_no_time(void **state)
{
	CLEANUP(fixture_deinit) struct fixture f = { .count = COUNT };
	CLEANUP(kallsyms_freep) struct kallsyms *k = NULL;
	double began = monotonic_seconds();
	struct kaddr address;

	(void)state;
	f.symbols = image_symbols(layout_of("7.0"), VA, SIZE, f.count);
	for (size_t i = 1000; i < 2000; i++)
		rename_symbol(&f, i, 't', "many");
	f.image = kernel_image_build(layout_of("7.0"), VA, SIZE, AT, f.symbols, f.count);
	assert_ok(find(&f, &k));
	assert_symbols(k, &f, "one name");
	for (size_t i = 0; i < 1000; i++)
		assert_err(kallsyms_lookup(k, "many", &address), ERR_DATA, "has 1000 addresses");
	assert_ok(kallsyms_lookup(k, f.symbols[2000].name, &address));
	assert_true(address.v == f.symbols[2000].address);
	assert_true(monotonic_seconds() - began < 10);
}

/* The search passes over pages of zeros. It must not pass over what begins or ends beside one. */
static void the_index_may_lie_anywhere_in_a_page(void **state)
{
	static const size_t places[] = { 0, 8, 512, 2048, 4096 - 512, 4096 - 8 };
	const struct image_layout *layout = layout_of("6.4 to 6.14");

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		CLEANUP(fixture_deinit) struct fixture f = fixture_of(layout);
		CLEANUP(kallsyms_freep) struct kallsyms *k = NULL;
		size_t at = AT + ((places[i] - f.image.token_index) & 4095);

		kernel_image_deinit(&f.image);
		f.image = kernel_image_build(layout, VA, SIZE, at, f.symbols, f.count);
		assert_int_equal(f.image.token_index & 4095, places[i]);
		assert_ok(find(&f, &k));
		assert_symbols(k, &f, layout->kernels);
	}
}

/* --- what is not a symbol table ------------------------------------------------- */

static void nothing_there_is_absent(void **state)
{
	CLEANUP(free_ptr) uint8_t *bytes = xcalloc(1, SIZE);
	CLEANUP(kallsyms_freep) struct kallsyms *k = NULL;

	(void)state;
	for (size_t size = 0; size < 1030; size++)
		assert_err(kallsyms_find(bytes, size, KADDR(VA), &k), ERR_ABSENT, "no token table");
	assert_err(kallsyms_find(bytes, SIZE, KADDR(VA), &k), ERR_ABSENT, "1048576 bytes");
	memset(bytes, 0xff, SIZE);
	assert_err(kallsyms_find(bytes, SIZE, KADDR(VA), &k), ERR_ABSENT, "no token table");
	/* 0, 1, 2, ... is a token index whose tokens are all empty: tables of Unicode are. */
	for (size_t i = 0; i < SIZE / 2; i++) {
		bytes[2 * i] = (uint8_t)i;
		bytes[2 * i + 1] = 0;
	}
	assert_err(kallsyms_find(bytes, SIZE, KADDR(VA), &k), ERR_ABSENT, "no token table");
	assert_err(kallsyms_find(bytes, SIZE_MAX, KADDR(VA), &k), ERR_DATA, "at most 268435456");
	assert_null(k);
}

static void a_truncated_table_is_an_error(void **state)
{
	(void)state;
	for (size_t l = 0; l < image_layouts_count; l++) {
		CLEANUP(fixture_deinit) struct fixture f = fixture_of(&image_layouts[l]);
		size_t step = (f.image.end - f.image.tables) / 50 | 1;
		/* sequence numbers follow the addresses, and nobody needs them */
		size_t end = image_layouts[l].addresses_last ? f.image.addresses : f.image.end - 1;

		for (size_t cut = f.image.tables; cut < end; cut += step) {
			struct kallsyms *k = NULL;
			CLEANUP(free_ptr) uint8_t *part = xmalloc(cut);
			struct err *e;

			memcpy(part, f.image.data.data, cut);
			e = kallsyms_find(part, cut, KADDR(VA), &k);
			if (!e)
				fail_msg("%s: cut off at %#zx", image_layouts[l].kernels, cut);
			err_discard(e);
		}
	}
}

static void zeroed_pages_are_an_error(void **state)
{
	(void)state;
	for (size_t l = 0; l < image_layouts_count; l++) {
		CLEANUP(fixture_deinit) struct fixture f = fixture_of(&image_layouts[l]);
		struct err *e;
		struct kallsyms *k = NULL;

		memset(f.image.data.data + ((f.image.names + 8191) & ~(size_t)4095), 0, 4096);
		e = find(&f, &k);
		assert_non_null(e);
		if (!image_layouts[l].uncompressed) {
			assert_int_equal(err_code(e), ERR_DATA);
			assert_non_null(strstr(err_text(e), "broken after"));
		}
		err_discard(e);
	}
}

static void a_banner_that_could_not_be_read_is_no_hindrance(void **state)
{
	(void)state;
	for (size_t l = 0; l < image_layouts_count; l++) {
		CLEANUP(fixture_deinit) struct fixture f = fixture_of(&image_layouts[l]);
		CLEANUP(kallsyms_freep) struct kallsyms *k = NULL;

		memset(f.image.data.data + SIZE - 4096, 0, 4096);
		assert_ok(find(&f, &k));
		assert_symbols(k, &f, image_layouts[l].kernels);
	}
}

static void another_run_time_address_is_an_error(void **state)
{
	struct kallsyms *k = NULL;

	(void)state;
	for (size_t l = 0; l < image_layouts_count; l++) {
		CLEANUP(fixture_deinit) struct fixture f = fixture_of(&image_layouts[l]);

		assert_err(find_at(&f, 0, &k), ERR_DATA, "no kernel image lies at 0");
		assert_err(find_at(&f, UINT64_MAX, &k), ERR_DATA, "no kernel image lies at");
		/* entries are relative to themselves, and right wherever the image lies */
		if (image_layouts[l].addresses != IMAGE_PC)
			assert_err(find_at(&f, VA - 0x200000, &k), ERR_DATA, "kallsyms at ");
	}
}

/* --- hostile -------------------------------------------------------------------- */

/* Changes one number of an image and expects the error that names it. */
static void wants_error(size_t where, uint64_t value, size_t bytes, const struct fixture *f,
			enum err_code code, const char *words)
{
	struct kallsyms *k = NULL;
	uint64_t before = get(f, where, bytes);

	put((struct fixture *)(uintptr_t)f, where, value, bytes);
	assert_err(find(f, &k), code, words);
	assert_null(k);
	put((struct fixture *)(uintptr_t)f, where, before, bytes);
}

static void wrong_numbers_are_errors(void **state)
{
	CLEANUP(fixture_deinit) struct fixture f = fixture_of(layout_of("6.1 patched, 6.2, 6.3"));
	const struct kernel_image *i = &f.image;
	CLEANUP(kallsyms_freep) struct kallsyms *k = NULL;

	(void)state;
	wants_error(i->num_syms, 0, 4, &f, ERR_DATA, "no markers and names");
	wants_error(i->num_syms, UINT32_MAX, 4, &f, ERR_DATA, "no markers and names");
	wants_error(i->num_syms, UINT64_MAX, 8, &f, ERR_DATA, "no markers and names");
	wants_error(i->num_syms, COUNT + 256, 4, &f, ERR_DATA, "no markers and names");
	wants_error(i->num_syms, COUNT - 1, 4, &f, ERR_DATA, "broken after 3000 of 3000");
	wants_error(i->num_syms, COUNT + 1, 4, &f, ERR_DATA, "broken after 3001 of 3002");
	wants_error(i->markers, 1, 4, &f, ERR_DATA, "no markers and names");
	wants_error(i->markers + 4, get(&f, i->markers + 4, 4) + 1, 4, &f, ERR_DATA, "broken after 256");
	wants_error(i->markers + 8, UINT32_MAX, 4, &f, ERR_DATA, "no markers and names");
	wants_error(i->markers + 8, get(&f, i->markers, 4), 4, &f, ERR_DATA, "no markers and names");
	wants_error(i->names, 0, 1, &f, ERR_DATA, "no markers and names");
	wants_error(i->names, 0xffff, 2, &f, ERR_DATA, "no markers and names");
	wants_error(i->relative_base, 0, 8, &f, ERR_DATA, "linux_banner is not at");
	wants_error(i->relative_base, VA + 16, 8, &f, ERR_DATA, "linux_banner is not at");
	wants_error(i->token_index, 1, 2, &f, ERR_DATA, "in the name");
	wants_error(i->token_index + 200, 0xffff, 2, &f, ERR_DATA, "in the name");
	wants_error(i->token_index + 510, 0xffff, 2, &f, ERR_DATA, "in the name");
	assert_ok(find(&f, &k));
}

/* A name becomes as long as its tokens say: LENGTH times the longest token. */
static void names_have_a_maximum(void **state)
{
	const struct image_layout *layout = layout_of("4.20 to 6.1");
	CLEANUP(fixture_deinit) struct fixture f = { .count = COUNT };
	struct kallsyms *k = NULL;
	char name[1100];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[1023] = '\0';
	f.symbols = image_symbols(layout, VA, SIZE, f.count);
	rename_symbol(&f, 500, 'T', name);
	f.image = kernel_image_build(layout, VA, SIZE, AT, f.symbols, f.count);
	assert_err(find(&f, &k), ERR_DATA, "longer than 1023");
	assert_null(k);
}

static void names_are_printable(void **state)
{
	static const struct {
		char type;
		const char *name, *words;
	} bad[] = {
		{ 'T', "esc\033[2J", " in the name" },
		{ 'T', "two words", " in the name" },
		{ '1', "digit", "type 0x31" },
		{ 'T', "", "no name" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const struct image_layout *layout = layout_of("4.20 to 6.1");
		CLEANUP(fixture_deinit) struct fixture f = { .count = COUNT };
		struct kallsyms *k = NULL;

		f.symbols = image_symbols(layout, VA, SIZE, f.count);
		rename_symbol(&f, 500, bad[i].type, bad[i].name);
		f.image = kernel_image_build(layout, VA, SIZE, AT, f.symbols, f.count);
		assert_err(find(&f, &k), ERR_DATA, bad[i].words);
	}
}

static void uncompressed_names_are_printable(void **state)
{
	CLEANUP(fixture_deinit) struct fixture f = fixture_of(layout_of("5.4 to 5.15 of OpenWrt"));
	struct kallsyms *k = NULL;

	(void)state;
	put(&f, f.image.names + 3, '\n', 1);
	assert_err(find(&f, &k), ERR_DATA, "byte 0x0a in the name");
}

/* Copies one table or all of them to elsewhere in the image. */
static void copy(struct fixture *f, size_t from, size_t end, size_t to)
{
	memcpy(f->image.data.data + to, f->image.data.data + from, end - from);
}

static void decoy_tokens_do_not_hide_the_real_ones(void **state)
{
	(void)state;
	for (size_t l = 0; l < image_layouts_count; l++) {
		CLEANUP(fixture_deinit) struct fixture f = fixture_of(&image_layouts[l]);
		CLEANUP(kallsyms_freep) struct kallsyms *k = NULL;
		size_t end = f.image.token_index + 512;
		size_t whole = f.image.end - f.image.tables + 64;

		if (image_layouts[l].uncompressed)
			continue;
		copy(&f, f.image.token_table, end, 0x1000);
		copy(&f, f.image.markers, end, 0x8000);
		copy(&f, f.image.names, end, AT + whole);
		assert_ok(find(&f, &k));
		assert_symbols(k, &f, image_layouts[l].kernels);
	}
}

static void decoy_tokens_do_not_hide_uncompressed_names(void **state)
{
	CLEANUP(fixture_deinit) struct fixture other = fixture_of(layout_of("7.0"));
	const char *tokens = other.image.data.data + other.image.token_table;
	size_t size = other.image.token_index + 512 - other.image.token_table;

	(void)state;
	for (size_t l = 0; l < image_layouts_count; l++) {
		CLEANUP(fixture_deinit) struct fixture f = fixture_of(&image_layouts[l]);
		CLEANUP(kallsyms_freep) struct kallsyms *k = NULL;

		if (!image_layouts[l].uncompressed)
			continue;
		memcpy(f.image.data.data + 0x1000, tokens, size);
		assert_ok(find(&f, &k));
		assert_symbols(k, &f, image_layouts[l].kernels);
	}
}

static void a_second_table_that_agrees_is_no_trouble(void **state)
{
	CLEANUP(fixture_deinit) struct fixture f = fixture_of(layout_of("6.4 to 6.14"));
	CLEANUP(kallsyms_freep) struct kallsyms *k = NULL;

	(void)state;
	copy(&f, f.image.tables, f.image.end, 0x80000);
	assert_ok(find(&f, &k));
	assert_symbols(k, &f, "twice");
}

static void a_second_table_that_lies_is_an_error(void **state)
{
	CLEANUP(fixture_deinit) struct fixture f = fixture_of(layout_of("6.4 to 6.14"));
	struct kallsyms *k = NULL;

	(void)state;
	copy(&f, f.image.tables, f.image.end, 0x80000);
	/* init_task in the second table */
	put(&f, f.image.addresses + 0x40000 + 4 * (COUNT - 2), (uint64_t)-4096, 4);
	assert_err(find(&f, &k), ERR_DATA, "contradict each other");
}

static void a_second_table_of_another_image_is_passed_over(void **state)
{
	CLEANUP(fixture_deinit) struct fixture f = fixture_of(layout_of("6.4 to 6.14"));
	CLEANUP(kallsyms_freep) struct kallsyms *k = NULL;

	(void)state;
	copy(&f, f.image.tables, f.image.end, 0x80000);
	put(&f, f.image.relative_base + 0x40000, VA + 0x1000, 8);
	assert_ok(find(&f, &k));
	assert_symbols(k, &f, "the first");
}

/* The time for an image full of decoys grows with its size and no faster. */
static void decoys_without_end_cost_no_time(void **state)
{
	CLEANUP(fixture_deinit) struct fixture f = fixture_of(layout_of("6.1 patched, 6.2, 6.3"));
	size_t size = (size_t)32 << 20;
	size_t from = f.image.markers, piece = f.image.token_index + 512 - from;
	CLEANUP(free_ptr) uint8_t *image = xcalloc(1, size);
	struct kallsyms *k = NULL;
	double began = monotonic_seconds();

	(void)state;
	for (size_t at = 0; at + piece <= size; at += piece)
		memcpy(image + at, f.image.data.data + from, piece);
	assert_err(kallsyms_find(image, size, KADDR(VA), &k), ERR_DATA, "token tables");
	/* 0, 512, 1024, ...: markers everywhere, symbols nowhere */
	for (size_t at = 0; at + 4 <= size; at += 4) {
		uint32_t marker = (uint32_t)at / 4 % 8 * 512;

		memcpy(image + at, &marker, 4);
	}
	assert_err(kallsyms_find(image, size, KADDR(VA), &k), ERR_DATA, "too much that resembles");
	assert_true(monotonic_seconds() - began < 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_layout_is_read),
		cmocka_unit_test(every_layout_is_read_without_data_symbols),
		cmocka_unit_test(any_number_of_symbols_is_read),
		cmocka_unit_test(the_map_has_link_time_addresses),
		cmocka_unit_test(the_description_names_the_layout),
		cmocka_unit_test(of_equal_names_the_global_one_is_meant),
		cmocka_unit_test(one_name_a_thousand_times_costs_no_time),
		cmocka_unit_test(the_index_may_lie_anywhere_in_a_page),
		cmocka_unit_test(nothing_there_is_absent),
		cmocka_unit_test(a_truncated_table_is_an_error),
		cmocka_unit_test(zeroed_pages_are_an_error),
		cmocka_unit_test(a_banner_that_could_not_be_read_is_no_hindrance),
		cmocka_unit_test(another_run_time_address_is_an_error),
		cmocka_unit_test(wrong_numbers_are_errors),
		cmocka_unit_test(names_have_a_maximum),
		cmocka_unit_test(names_are_printable),
		cmocka_unit_test(uncompressed_names_are_printable),
		cmocka_unit_test(decoy_tokens_do_not_hide_the_real_ones),
		cmocka_unit_test(decoy_tokens_do_not_hide_uncompressed_names),
		cmocka_unit_test(a_second_table_that_agrees_is_no_trouble),
		cmocka_unit_test(a_second_table_that_lies_is_an_error),
		cmocka_unit_test(a_second_table_of_another_image_is_passed_over),
		cmocka_unit_test(decoys_without_end_cost_no_time),
	};

	return cmocka_run_group_tests_name("kallsyms", tests, NULL, NULL);
}
