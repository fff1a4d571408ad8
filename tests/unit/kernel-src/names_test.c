#include "tests/lib/unit.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "kernel-src/infer/names.h"
#include "tests/lib/scratch.h"

#define SYMBOL(type, name) "ffffffff81000000 " type " " name "\n"

static const struct names none;

/* "gl", "-l": whether the image has the name as a global one and as a local one; NULL: no table has it. */
static void check(const struct names *n, const char *name, const char *expected)
{
	const struct names_symbol *s = table_find(&n->symbols, name, strlen(name));
	char found[3] = "";

	if (!expected) {
		assert_null(s);
		return;
	}
	assert_non_null(s);
	found[0] = s->global ? 'g' : '-';
	found[1] = s->local ? 'l' : '-';
	assert_string_equal(found, expected);
}

static void symbols_are_global_or_local(void **state)
{
	CLEANUP(names_deinit) struct names n = none;

	(void)state;
	names_add_symbols(&n, SYMBOL("T", "fork") SYMBOL("t", "wait") SYMBOL("D", "data") SYMBOL("t", "both")
			      SYMBOL("T", "both") SYMBOL("t", "part.isra.0") SYMBOL("T", "cold.cold")
			      SYMBOL("W", "weak") SYMBOL("w", "weak2") SYMBOL("T", "__x64_sys_open")
			      SYMBOL("t", "__do_sys_read") SYMBOL("t", "__do_sys_") "0000000000000000 A per_cpu\n"
			      "\nffffffff81000000 T\nffffffff81000000 T \nffffffff81000000  Tx\n"
			      "ffffffff81000000 T last");
	check(&n, "fork", "g-");
	check(&n, "wait", "-l");
	check(&n, "data", "g-");
	check(&n, "both", "gl");
	check(&n, "part", "-l");
	check(&n, "part.isra.0", NULL);
	check(&n, "cold", "-l"); /* the compiler made a part of it local */
	check(&n, "weak", NULL);
	check(&n, "weak2", NULL);
	check(&n, "sys_open", "g-");
	check(&n, "__x64_sys_open", "g-");
	check(&n, "sys_read", "g-");
	check(&n, "sys_", NULL);
	check(&n, "per_cpu", "g-");
	check(&n, "last", "g-");
	check(&n, "", NULL);
}

static void modules_have_their_own(void **state)
{
	CLEANUP(names_deinit) struct names n = none;
	const struct names_symbol *s;

	(void)state;
	names_add_modules(&n, "ffffffffc0a01000 t crc16\t[crc16]\nffffffffc0a01000 U printk\t[crc16]\n"
			      "ffffffffc0a01000 t made.cold\t[crc16]\nffffffffc0a01000 t without\n\t[x]\n");
	check(&n, "printk", NULL);
	check(&n, "made", NULL);
	check(&n, "without", NULL);
	check(&n, "crc16", "--");
	s = table_find(&n.symbols, "crc16", strlen("crc16"));
	assert_true(s->in_module);
}

/* Two files with a gate each, and one without. */
static struct gates *make_gates(const struct scratch *s)
{
	CLEANUP(free_ptr) char *folder = scratch_path(s, "kernel");
	struct gates *g = NULL;

	assert_ok(file_make_dirs(folder));
	free(scratch_file(s, "Makefile", "core-y += kernel/\n"));
	free(scratch_file(s, "kernel/Makefile",
			  "obj-$(CONFIG_A) += a.o\nobj-$(CONFIG_B) += b.o\nobj-$(CONFIG_C) += b.o\n"));
	assert_ok(gates_read(s->path, &g));
	return g;
}

static void assert_condition(const struct condition *c, const char *text)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	condition_format(c, &b);
	assert_string_equal(buf_str(&b), text);
}

static void definitions_have_the_conditions_of_their_file(void **state)
{
	CLEANUP(scratch_deinit) struct scratch s = scratch_init();
	CLEANUP(gates_freep) struct gates *g = make_gates(&s);
	CLEANUP(names_deinit) struct names n = none;
	CLEANUP(free_ptr) char *described = NULL;
	const struct names_definition *d;
	const char *gates;
	struct condition c;

	(void)state;
	names_add_definitions(&n, "T lost\nF kernel/a.c\nT one X\nt two\nW weak\nF kernel/b.c\nT three Y\nt two\n"
				  "T one2\nF kernel/none.c\nT four\nm member\nT\n", g);
	assert_int_equal(n.count, 7);
	d = n.definitions;
	assert_true(names_is_usable(&n, &d[0]));
	assert_false(names_is_usable(&n, &d[1])); /* two files define it */
	assert_false(names_is_usable(&n, &d[2])); /* a weak one may give way */
	assert_true(names_is_usable(&n, &d[3]));
	assert_false(names_is_usable(&n, &d[6])); /* the makefiles do not know its file */
	names_common_condition(&n, &d[0], &c);
	assert_condition(&c, " A X");
	names_common_condition(&n, &d[3], &c);
	assert_condition(&c, " Y ?");
	gates = n.files[d[3].file].gates;
	assert_true(names_next_condition(&gates, &d[3], &c));
	assert_condition(&c, " B Y");
	assert_true(names_next_condition(&gates, &d[3], &c));
	assert_condition(&c, " C Y");
	assert_false(names_next_condition(&gates, &d[3], &c));
	described = names_describe(&n, &d[3]);
	assert_string_equal(described, "three in kernel/b.c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(symbols_are_global_or_local),
		cmocka_unit_test(modules_have_their_own),
		cmocka_unit_test(definitions_have_the_conditions_of_their_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
