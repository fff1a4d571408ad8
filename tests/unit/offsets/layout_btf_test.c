#include "tests/lib/unit.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "offsets/check.h"
#include "offsets/layout_btf.h"

/* struct shapes {
 *	char byte;			offset 0
 *	struct { int deep; };		offset 4
 *	const word numbers[2][3];	offset 8, flat: [6]
 *	unsigned a:3, b:5;		bits 256, 259
 *	enum color color;		offset 36
 * }; twice: the second is a private one of the same name, of 4 bytes
 * enum color { RED = 1, BLUE = -2 };
 */
static void make_btf(struct buf *ret)
{
	struct btf *btf = btf__new_empty();
	const void *raw;
	uint32_t size;

	assert_int_equal(btf__add_int(btf, "char", 1, BTF_INT_CHAR), 1);
	assert_int_equal(btf__add_int(btf, "int", 4, BTF_INT_SIGNED), 2);
	assert_int_equal(btf__add_struct(btf, NULL, 4), 3);
	btf__add_field(btf, "deep", 2, 0, 0);
	assert_int_equal(btf__add_typedef(btf, "word", 2), 4);
	assert_int_equal(btf__add_const(btf, 4), 5);
	assert_int_equal(btf__add_array(btf, 2, 5, 6), 6);
	assert_int_equal(btf__add_enum(btf, "color", 4), 7);
	btf__add_enum_value(btf, "RED", 1);
	btf__add_enum_value(btf, "BLUE", -2);
	assert_int_equal(btf__add_struct(btf, "shapes", 4), 8);
	btf__add_field(btf, "byte", 2, 0, 0);
	assert_int_equal(btf__add_struct(btf, "shapes", 40), 9);
	btf__add_field(btf, "byte", 1, 0, 0);
	btf__add_field(btf, NULL, 3, 32, 0);
	btf__add_field(btf, "numbers", 6, 64, 0);
	btf__add_field(btf, "a", 2, 256, 3);
	btf__add_field(btf, "b", 2, 259, 5);
	btf__add_field(btf, "color", 7, 288, 0);
	raw = btf__raw_data(btf, &size);
	buf_add(ret, raw, size);
	btf__free(btf);
}

static const char list[] = "struct shapes\n\tbyte\n\tdeep\n\tnumbers\n\tnumbers[4] as fifth\n\tb\n"
			   "\tcolor\n\tgone?\nenum color\n\tBLUE\n\tPINK?\nconst RED\nconst OTHER\n";

/* What DWARF would say of the same types. */
static struct layout *same_layout(const struct fields *f)
{
	struct layout *l = layout_new(f);
	struct layout_member *m = l->types[0].members;

	l->types[0].have = l->types[1].have = true;
	l->types[0].size = 40;
	m[0] = (struct layout_member){ .have = true, .length = 1 };
	m[1] = (struct layout_member){ .have = true, .offset = 4, .length = 4 };
	m[2] = (struct layout_member){ .have = true, .offset = 8, .length = 24, .is_array = true, .count = 2 };
	m[3] = (struct layout_member){ .have = true, .offset = 24, .length = 4 };
	m[4] = (struct layout_member){ .have = true, .is_bits = true, .offset = 259, .length = 5 };
	m[5] = (struct layout_member){ .have = true, .offset = 36, .length = 4 };
	l->types[1].members[0].have = true;
	l->types[1].members[0].value = (struct layout_value){ true, true, (uint64_t)-2, 0 };
	l->consts[0] = (struct layout_value){ .have = true, .bits = 1 };
	l->consts[1] = (struct layout_value){ .have = true, .bits = 1 };
	return l;
}

static void agrees(void **state)
{
	CLEANUP(buf_deinit) struct buf raw = BUF_INIT;
	CLEANUP(fields_freep) struct fields *f = NULL;
	CLEANUP(layout_freep) struct layout *l = NULL;
	CLEANUP(layout_btf_freep) struct layout_btf *btf = NULL;

	(void)state;
	make_btf(&raw);
	assert_ok(fields_parse("list", list, strlen(list), &f));
	l = same_layout(f);
	assert_ok(layout_btf_new("btf", raw.data, raw.size, &btf));
	assert_ok(check_btf(l, btf));
	assert_int_equal(l->types[0].derived, DERIVED_BTF);
	for (size_t k = 0; k < 7; k++)
		assert_int_equal(l->types[0].members[k].derived, DERIVED_BTF);
	assert_int_equal(l->types[1].members[0].derived, DERIVED_BTF);
	assert_int_equal(l->consts[0].derived, DERIVED_BTF);
	assert_int_equal(l->consts[1].derived, 0); /* BTF has no such name */
}

static void expect_difference(void (*change)(struct layout *), const char *words)
{
	CLEANUP(buf_deinit) struct buf raw = BUF_INIT;
	CLEANUP(fields_freep) struct fields *f = NULL;
	CLEANUP(layout_freep) struct layout *l = NULL;
	CLEANUP(layout_btf_freep) struct layout_btf *btf = NULL;

	make_btf(&raw);
	assert_ok(fields_parse("list", list, strlen(list), &f));
	l = same_layout(f);
	change(l);
	assert_ok(layout_btf_new("btf", raw.data, raw.size, &btf));
	assert_err(check_btf(l, btf), ERR_DATA, words);
}

static void other_offset(struct layout *l) { l->types[0].members[1].offset = 5; }
static void other_length(struct layout *l) { l->types[0].members[5].length = 8; }
static void other_count(struct layout *l) { l->types[0].members[2].count = 5; }
static void other_bit(struct layout *l) { l->types[0].members[4].offset = 260; }
static void other_kind(struct layout *l) { l->types[0].members[4].is_bits = false; }
static void absent_here(struct layout *l) { l->types[0].members[0].have = false; }
static void absent_there(struct layout *l) { l->types[0].members[6].have = true; }
static void absent_type(struct layout *l) { l->types[1].have = false; }
static void other_value(struct layout *l) { l->types[1].members[0].value.bits = (uint64_t)-3; }
static void absent_value(struct layout *l) { l->types[1].members[1].value.have = true; }
static void other_constant(struct layout *l) { l->consts[0].bits = 7; }

static void all_differ(struct layout *l)
{
	for (size_t k = 0; k < 6; k++)
		l->types[0].members[k].offset += 1000;
}

static void differs(void **state)
{
	(void)state;
	expect_difference(other_offset, "shapes.deep (list:3)");
	expect_difference(other_length, "shapes.color (list:7): its size is 8 by DWARF, 4 by the target's BTF");
	expect_difference(other_count, "shapes.numbers (list:4): its count is 5 by DWARF, 6");
	expect_difference(other_bit, "shapes.b (list:6): its bit is 260 by DWARF, 259");
	expect_difference(other_kind, "shapes.b (list:6): DWARF and the target's BTF have members of different kinds");
	expect_difference(absent_here, "shapes.byte (list:2): is nothing by DWARF, byte by");
	expect_difference(absent_there, "shapes.gone (list:8): is gone by DWARF, nothing by");
	expect_difference(absent_type, "enum color (list:9): is missing by DWARF, there by");
	expect_difference(other_value, "color.BLUE (list:10): is 0xfffffffffffffffd by DWARF");
	expect_difference(absent_value, "color.PINK (list:11): is there by DWARF, missing by");
	expect_difference(other_constant, "RED (list:12): is 0x7 by the compiler, 0x1 by");
	expect_difference(all_differ, "and ");
}

static void refused(void **state)
{
	CLEANUP(buf_deinit) struct buf raw = BUF_INIT;
	struct layout_btf *btf = NULL;

	(void)state;
	make_btf(&raw);
	assert_err(layout_btf_new("btf", "", 0, &btf), ERR_DATA, "btf: no BTF");
	assert_err(layout_btf_new("btf", raw.data, 23, &btf), ERR_DATA, "no BTF");
	assert_err(layout_btf_new("btf", raw.data, raw.size - 1, &btf), ERR_DATA, "damaged BTF");
	raw.data[4]++; /* the size of the header */
	assert_err(layout_btf_new("btf", raw.data, raw.size, &btf), ERR_DATA, "no BTF");
	raw.data[4]--;
	raw.data[0]++;
	assert_err(layout_btf_new("btf", raw.data, raw.size, &btf), ERR_DATA, "no BTF");
}

/* Whatever byte of it is wrong, there is an answer or an error. */
static void damaged(void **state)
{
	CLEANUP(buf_deinit) struct buf raw = BUF_INIT;
	CLEANUP(fields_freep) struct fields *f = NULL;

	(void)state;
	make_btf(&raw);
	assert_ok(fields_parse("list", list, strlen(list), &f));
	for (size_t i = 0; i < raw.size * 8; i++) {
		CLEANUP(layout_freep) struct layout *l = same_layout(f);
		CLEANUP(layout_btf_freep) struct layout_btf *btf = NULL;

		raw.data[i / 8] ^= (char)(1 << i % 8);
		struct err *e = layout_btf_new("btf", raw.data, raw.size, &btf);

		if (!e)
			e = check_btf(l, btf);
		if (e)
			assert_int_equal(err_code(e), ERR_DATA);
		err_discard(e);
		raw.data[i / 8] ^= (char)(1 << i % 8);
	}
}

/* Types that a target made up are refused before they cost time. */
static void too_many(void **state)
{
	struct btf *btf = btf__new_empty();
	CLEANUP(fields_freep) struct fields *f = NULL;
	CLEANUP(layout_freep) struct layout *l = NULL;
	CLEANUP(layout_btf_freep) struct layout_btf *b = NULL;
	const void *raw;
	uint32_t size;
	int wide;

	(void)state;
	btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	wide = btf__add_struct(btf, NULL, 4);
	for (int i = 0; i < 30000; i++)
		btf__add_field(btf, "other", 1, 0, 0);
	for (int i = 0; i < 100; i++) {
		btf__add_struct(btf, "shapes", 4);
		btf__add_field(btf, i ? "byte" : NULL, i ? 1 : wide, 0, 0);
	}
	raw = btf__raw_data(btf, &size);
	assert_ok(layout_btf_new("btf", raw, size, &b));
	btf__free(btf);
	assert_ok(fields_parse("list", list, strlen(list), &f));
	l = same_layout(f);
	assert_err(check_btf(l, b), ERR_DATA, "nested without an end");
	layout_btf_free(TAKE(b));

	btf = btf__new_empty();
	btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	for (int i = 0; i < 100; i++) {
		btf__add_struct(btf, "shapes", 4);
		btf__add_field(btf, "byte", 1, 0, 0);
	}
	raw = btf__raw_data(btf, &size);
	assert_ok(layout_btf_new("btf", raw, size, &b));
	btf__free(btf);
	assert_err(check_btf(l, b), ERR_DATA, "more than 64 types 'shapes'");
}

static int print_nothing(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level, (void)fmt, (void)args;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees), cmocka_unit_test(differs), cmocka_unit_test(refused),
		cmocka_unit_test(damaged), cmocka_unit_test(too_many),
	};

	libbpf_set_print(print_nothing);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
