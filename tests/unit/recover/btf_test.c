#include "tests/lib/unit.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/btf.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/view.h"
#include "recover/parse/btf.h"
#include "tests/lib/kallsyms_image.h"

#define VA UINT64_C(0xffffffff81000000)

/* A type of every kind, written by libbpf. */
static struct buf every_kind(const char *task)
{
	struct btf *btf = btf__new_empty();
	struct buf b = BUF_INIT;
	const void *data;
	__u32 size;
	int i = btf__add_int(btf, "int", 4, BTF_INT_SIGNED), s, v;

	btf__add_ptr(btf, i);
	btf__add_array(btf, i, i, 16);
	s = btf__add_struct(btf, task, 64);
	btf__add_field(btf, "pid", i, 0, 0);
	btf__add_field(btf, "tgid", i, 32, 0);
	btf__add_union(btf, "u", 4);
	btf__add_field(btf, "a", i, 0, 0);
	btf__add_enum(btf, "e", 4);
	btf__add_enum_value(btf, "A", 1);
	btf__add_fwd(btf, "later", BTF_FWD_STRUCT);
	btf__add_typedef(btf, "pid_t", i);
	btf__add_volatile(btf, i);
	btf__add_const(btf, i);
	btf__add_restrict(btf, i);
	btf__add_func(btf, "f", BTF_FUNC_STATIC, btf__add_func_proto(btf, i));
	btf__add_func_proto(btf, i);
	btf__add_func_param(btf, "x", s);
	v = btf__add_var(btf, "jiffies", BTF_VAR_GLOBAL_ALLOCATED, i);
	btf__add_datasec(btf, ".data", 4);
	btf__add_datasec_var_info(btf, v, 0, 4);
	btf__add_float(btf, "double", 8);
	btf__add_decl_tag(btf, "tag", s, -1);
	btf__add_type_tag(btf, "rcu", i);
	btf__add_enum64(btf, "e64", 8, false);
	btf__add_enum64_value(btf, "B", UINT64_C(1) << 40);
	data = btf__raw_data(btf, &size);
	buf_add(&b, data, size);
	btf__free(btf);
	return b;
}

static void set_u32(struct buf *b, size_t at, uint32_t value)
{
	memcpy(b->data + at, &value, 4);
}

static uint32_t get_u32(const struct buf *b, size_t at)
{
	return load_u32(b->data + at);
}

static struct err *check(const struct buf *b, struct btf_blob *ret)
{
	return btf_check((const uint8_t *)b->data, b->size, ret);
}

static void every_kind_is_read(void **state)
{
	CLEANUP(buf_deinit) struct buf b = every_kind("task_struct");
	struct btf_blob blob;
	size_t size = b.size;

	(void)state;
	assert_ok(check(&b, &blob));
	assert_int_equal(blob.size, size);
	assert_int_equal(blob.types, 20);
	buf_add_str(&b, "more is allowed");
	assert_ok(check(&b, &blob));
	assert_int_equal(blob.size, size);
}

static void without_task_struct_it_is_not_a_kernels(void **state)
{
	CLEANUP(buf_deinit) struct buf b = every_kind("ask_struct");
	struct btf_blob blob;

	(void)state;
	assert_err(check(&b, &blob), ERR_DATA, "no task_struct among 20 types");
}

static void a_header_has_its_form(void **state)
{
	static const uint8_t zeros[64];
	CLEANUP(buf_deinit) struct buf b = every_kind("task_struct");
	struct btf_blob blob;

	(void)state;
	assert_err(btf_check(zeros, sizeof(zeros), &blob), ERR_ABSENT, "no BTF header");
	assert_err(btf_check(zeros, 0, &blob), ERR_ABSENT, "no BTF header");
	assert_err(btf_check((const uint8_t *)b.data, 23, &blob), ERR_ABSENT, "no BTF header");
	for (size_t at = 0; at < 8; at++) {
		b.data[at] ^= 1;
		assert_err(check(&b, &blob), ERR_ABSENT, "no BTF header");
		b.data[at] ^= 1;
	}
}

static void sections_are_inside(void **state)
{
	/* type_off, type_len, str_off, str_len */
	static const struct {
		size_t field;
		uint32_t value;
		const char *words;
	} bad[] = {
		{ 8, UINT32_MAX, "that are there" }, { 8, 2, "strings at" },
		{ 8, 64, "strings at" },	     { 12, UINT32_MAX, "that are there" },
		{ 12, 7, "strings at" },	     { 16, UINT32_MAX, "that are there" },
		{ 16, 0, "strings at" },	     { 20, UINT32_MAX, "that are there" },
		{ 20, 0, "begin nor end" },	     { 20, 2, "begin nor end" },
		{ 16, 0x4000000, "that are there" },
	};
	CLEANUP(buf_deinit) struct buf b = every_kind("task_struct");
	struct btf_blob blob;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		uint32_t before = get_u32(&b, bad[i].field);

		set_u32(&b, bad[i].field, bad[i].value);
		assert_err(check(&b, &blob), ERR_DATA, bad[i].words);
		set_u32(&b, bad[i].field, before);
	}
	assert_ok(check(&b, &blob));
}

static void cut_off_it_is_an_error(void **state)
{
	CLEANUP(buf_deinit) struct buf b = every_kind("task_struct");
	struct btf_blob blob;

	(void)state;
	for (size_t size = 24; size < b.size; size++)
		assert_err(btf_check((const uint8_t *)b.data, size, &blob), ERR_DATA,
			   "that are there");
	/* The end of the types falls inside each type, too. */
	for (uint32_t size = 4; size < get_u32(&b, 12); size += 4) {
		struct err *e;

		set_u32(&b, 12, size);
		e = check(&b, &blob);
		if (e && !strstr(err_text(e), "cut off") && !strstr(err_text(e), "not there") &&
		    !strstr(err_text(e), "no task_struct"))
			fail_msg("%u bytes of types: %s", size, err_text(e));
		err_discard(e);
	}
}

static void references_are_inside(void **state)
{
	static const struct {
		size_t at; /* in the types */
		uint32_t value;
		const char *words;
	} bad[] = {
		{ 0, UINT32_MAX, "int 1 refers to string 4294967295" },
		{ 16 + 8, 21, "pointer 2 refers to type 21" },
		{ 28 + 12, 21, "array 3 refers to type 21" },
		{ 28 + 16, UINT32_MAX, "array 3 refers to type" },
		{ 52 + 12, 9999, "struct 4 refers to string 9999" },
		{ 52 + 12 + 12 + 4, 4000, "struct 4 refers to type 4000" },
		{ 52 + 4, 0x84000000 | 0xffff, "struct 4 is cut off" },
		{ 4, 0x14000000, "type 1 is of unknown kind 20" },
		{ 4, 0, "type 1 is of unknown kind 0" },
	};
	CLEANUP(buf_deinit) struct buf b = every_kind("task_struct");
	struct btf_blob blob;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		uint32_t before = get_u32(&b, 24 + bad[i].at);

		set_u32(&b, 24 + bad[i].at, bad[i].value);
		assert_err(check(&b, &blob), ERR_DATA, bad[i].words);
		set_u32(&b, 24 + bad[i].at, before);
	}
}

/* We change every word of the types. What btf_check() still accepts, libbpf can read. */
static void whatever_is_accepted_libbpf_can_read(void **state)
{
	CLEANUP(buf_deinit) struct buf b = every_kind("task_struct");
	static const uint32_t values[] = { 0, 1, 20, 21, 0xffff, 0x0100ffff, 0x8400ffff, UINT32_MAX };
	unsigned accepted = 0;

	(void)state;
	libbpf_set_print(NULL);
	for (size_t at = 24; at < 24 + get_u32(&b, 12); at += 4)
		for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
			uint32_t before = get_u32(&b, at);
			struct btf_blob blob;
			struct btf *btf;
			struct err *e;

			set_u32(&b, at, values[i]);
			e = check(&b, &blob);
			if (!e) {
				btf = btf__new(b.data, (__u32)blob.size);
				/* since 1.3 libbpf itself refuses more */
				if (btf)
					assert_int_equal(btf__type_cnt(btf), blob.types + 1);
				accepted += btf != NULL;
				btf__free(btf);
			}
			err_discard(e);
			set_u32(&b, at, before);
		}
	assert_true(accepted > 100);
}

/* --- in an image ---------------------------------------------------------------- */

struct fixture {
	struct image_symbol *symbols;
	struct kernel_image image;
	struct kallsyms *k;
	size_t live; /* offset */
	struct buf btf;
};

/* An image of 1 MiB with a stale BTF at 0x1000, and START and STOP around the live one. */
static struct fixture fixture_of(const char *start, const char *stop)
{
	const struct image_layout *layout = &image_layouts[3];
	struct fixture f = { .live = 16 * 2500, .btf = every_kind("task_struct") };
	size_t last = 2500 + (f.btf.size + 15) / 16;

	f.symbols = image_symbols(layout, VA, 1 << 20, 3000);
	free((void *)(uintptr_t)f.symbols[2500].name);
	free((void *)(uintptr_t)f.symbols[last].name);
	f.symbols[2500].name = xstrdup(start);
	f.symbols[last].name = xstrdup(stop);
	f.symbols[last].address = VA + f.live + f.btf.size;
	f.image = kernel_image_build(layout, VA, 1 << 20, 0x40000, f.symbols, 3000);
	memcpy(f.image.data.data + f.live, f.btf.data, f.btf.size);
	assert_ok(kallsyms_find((uint8_t *)f.image.data.data, f.image.data.size, KADDR(VA), &f.k));
	return f;
}

static void fixture_deinit(struct fixture *f)
{
	kallsyms_free(f->k);
	kernel_image_deinit(&f->image);
	image_symbols_free(f->symbols, 3000);
	buf_deinit(&f->btf);
}

static struct err *find(const struct fixture *f, const struct kallsyms *k, size_t *at)
{
	struct btf_blob blob;

	return btf_find((const uint8_t *)f->image.data.data, f->image.data.size, KADDR(VA), k, at,
			&blob);
}

static void symbols_tell_the_live_one(void **state)
{
	CLEANUP(fixture_deinit) struct fixture f = fixture_of("__start_BTF", "__stop_BTF");
	size_t at = 0;

	(void)state;
	assert_ok(find(&f, f.k, &at));
	assert_int_equal(at, f.live);
	memcpy(f.image.data.data + 0x1000, f.btf.data, f.btf.size);
	assert_ok(find(&f, f.k, &at));
	assert_int_equal(at, f.live);
	assert_err(find(&f, NULL, &at), ERR_DATA, "one at 0x1000 and one at 0x9c40");
	f.image.data.data[f.live] = 0;
	assert_err(find(&f, f.k, &at), ERR_DATA, "__start_BTF at 0x9c40 in the image: no BTF header");
	assert_ok(find(&f, NULL, &at));
	assert_int_equal(at, 0x1000);
	assert_err(btf_find(NULL, 0, KADDR(VA), NULL, &at, &(struct btf_blob){ 0, 0 }), ERR_ABSENT,
		   "none in the image");
}

static void symbols_that_do_not_fit_are_errors(void **state)
{
	CLEANUP(fixture_deinit) struct fixture swapped = fixture_of("__stop_BTF", "__start_BTF");
	CLEANUP(fixture_deinit) struct fixture half = fixture_of("__start_BTF", "no_stop_BTF");
	CLEANUP(fixture_deinit) struct fixture none = fixture_of("no_start_BTF", "no_stop_BTF");
	size_t at = 1;

	(void)state;
	assert_err(find(&swapped, swapped.k, &at), ERR_DATA, "is not in the image");
	assert_err(find(&half, half.k, &at), ERR_ABSENT, "no symbol __stop_BTF");
	assert_int_equal(at, 1);
	assert_ok(find(&none, none.k, &at));
	assert_int_equal(at, none.live);
}

static void a_smaller_one_in_its_place_is_an_error(void **state)
{
	CLEANUP(fixture_deinit) struct fixture f = fixture_of("__start_BTF", "__stop_BTF");
	uint32_t strings = load_u32(f.btf.data + 20);
	size_t at = 0;

	(void)state;
	/* up to the end of an earlier string */
	strings -= (uint32_t)strlen("e64") + 1 + (uint32_t)strlen("B") + 1;
	memcpy(f.image.data.data + f.live + 20, &strings, 4);
	assert_err(find(&f, f.k, &at), ERR_DATA, "__start_BTF at 0x9c40");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_read),
		cmocka_unit_test(without_task_struct_it_is_not_a_kernels),
		cmocka_unit_test(a_header_has_its_form),
		cmocka_unit_test(sections_are_inside),
		cmocka_unit_test(cut_off_it_is_an_error),
		cmocka_unit_test(references_are_inside),
		cmocka_unit_test(whatever_is_accepted_libbpf_can_read),
		cmocka_unit_test(symbols_tell_the_live_one),
		cmocka_unit_test(symbols_that_do_not_fit_are_errors),
		cmocka_unit_test(a_smaller_one_in_its_place_is_an_error),
	};

	return cmocka_run_group_tests_name("btf", tests, NULL, NULL);
}
