#include "tests/lib/unit.h"

#include <sys/mman.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "offsets/check.h"
#include "offsets/check_source.h"
#include "offsets/dwarf.h"
#include "offsets/probe_source.h"
#include "tests/lib/object.h"

static const char *const compilers[] = { "gcc -gdwarf-2", "gcc -gdwarf-4", "gcc -gdwarf-5 -O2",
					 "clang -gdwarf-4", "clang -gdwarf-5 -O2" };
#define COMPILER_COUNT (sizeof(compilers) / sizeof(*compilers))

static const char source[] =
	"typedef struct { int counter; } atomic_t; struct forward;\n"
	"enum color { RED = 3, BLUE = -4 };\n"
	"struct inner { char c; struct { unsigned low:3, high:9; }; };\n"
	"struct task { long state; union { struct { int a, b; }; char name[16]; };\n"
	"  const atomic_t count; struct inner pair[2][3]; _Bool flag:1; char grid[4][5]; long tail[]; };\n"
	"#define ALIAS task\n";

static const char list[] =
	"struct task\n\tb\n\tname\n\tcount.counter\n\tpair[1][2].high as high\n\tpair[1] as row\n\tflag\n\tgrid\n\ttail\n"
	"\tgone.deeper?\n\tnone|b as chosen\n\tpair[2]? as third\n"
	"struct? forward\n\tx\nstruct ALIAS\n\tstate\nenum color\n\tBLUE\n\tPINK?\n";

static char *compile_probe(const struct scratch *dir, const struct fields *f, const char *command,
			   const char *text, const struct layout *l)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	CLEANUP(free_ptr) char *ms = xasprintf("%s -fms-extensions", command);

	buf_add_str(&b, text);
	probe_source_format(f, &b);
	if (l)
		check_source_format(l, &b);
	return object_compile(dir, l ? "check" : "probe", ms, buf_str(&b));
}

static void assert_member(const struct layout_member *m, uint64_t offset, uint64_t length,
			  uint64_t count)
{
	assert_true(m->have);
	assert_int_equal(m->offset, offset);
	assert_int_equal(m->length, length);
	assert_int_equal(m->count, count);
}

static void assert_task(const struct layout_type *type)
{
	const struct layout_member *m = type->members;

	assert_true(type->have);
	assert_string_equal(type->tag, "task");
	assert_int_equal(type->size, 104);
	assert_member(&m[0], 12, 4, 0);
	assert_member(&m[1], 8, 16, 16);
	assert_member(&m[2], 24, 4, 0);
	assert_true(m[3].is_bits);
	assert_member(&m[3], (28 + 5 * 8 + 4) * 8 + 3, 9, 0);
	assert_member(&m[4], 28 + 24, 24, 3);
	assert_true(m[5].is_bits);
	assert_member(&m[5], 76 * 8, 1, 0);
	assert_member(&m[6], 77, 20, 4);
	assert_member(&m[7], 104, 0, 0);
	assert_true(m[7].is_array);
	assert_false(m[8].have);
	assert_int_equal(m[8].missing_at[0], 0);
	assert_member(&m[9], 12, 4, 0);
	assert_int_equal(m[9].choice, 1);
	assert_false(m[10].have);
}

static void every_compiler(void **state)
{
	CLEANUP(fields_freep) struct fields *f = NULL;

	(void)state;
	assert_ok(fields_parse("list", list, strlen(list), &f));
	for (size_t i = 0; i < COMPILER_COUNT; i++) {
		CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
		CLEANUP(free_ptr) char *probe = compile_probe(&dir, f, compilers[i], source, NULL);
		CLEANUP(free_ptr) char *compiler = NULL;
		CLEANUP(layout_freep) struct layout *l = NULL;
		CLEANUP(layout_freep) struct layout *compiled = NULL;
		CLEANUP(constants_freep) struct constants *c = NULL;

		assert_non_null(probe);
		assert_ok(dwarf_layout(probe, f, &l, &compiler));
		assert_non_null(strstr(compiler, *compilers[i] == 'g' ? "GNU C" : "clang version"));
		assert_null(strstr(compiler, " -"));
		assert_task(&l->types[0]);
		assert_false(l->types[1].have);
		assert_string_equal(l->types[2].tag, "task");
		assert_int_equal(l->types[3].members[0].value.bits, (uint64_t)-4);
		assert_true(l->types[3].members[0].value.negative);
		assert_false(l->types[3].members[1].have);
		assert_ok(layout_check_mandatory(l));

		CLEANUP(free_ptr) char *check = compile_probe(&dir, f, compilers[i], source, l);

		assert_non_null(check);
		assert_ok(constants_read(check, &c));
		assert_ok(check_source_layout(l, c, &compiled));
		assert_ok(check_compiled(l, compiled));
		assert_int_equal(l->types[0].members[3].derived, DERIVED_DWARF | DERIVED_COMPILER);
		compiled->types[0].members[3].length = 8;
		assert_err(check_compiled(l, compiled), ERR_DATA,
			   "task.high (list:5): its width is 9 by DWARF, 8 by the compiler");
	}
}

/* When the compiler knows something that DWARF lacks, the check does not compile. */
static void absence_is_proved(void **state)
{
	static const char *const others[] = {
		"struct task { long state; int b; int none; };", /* an earlier alternative */
		"struct task { long state; int b; struct { struct { int deeper; } gone; }; };",
		"struct task { long state; int b; }; struct forward { int x; };",
		"struct task { long state; int b; }; enum { PINK };",
	};
	static const char before[] = "struct task { long state; int b; }; ";
	static const char short_list[] = "struct task\n\tgone.deeper?\n\tnone|b as chosen\nstruct? forward\n\tx\n"
					 "enum color\n\tBLUE\n\tPINK?\n";
	static const char color[] = "enum color { BLUE };\n";
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(fields_freep) struct fields *f = NULL;
	CLEANUP(layout_freep) struct layout *l = NULL;
	CLEANUP(free_ptr) char *text = xasprintf("%s%s", before, color);

	(void)state;
	assert_ok(fields_parse("list", short_list, strlen(short_list), &f));
	CLEANUP(free_ptr) char *probe = compile_probe(&dir, f, "gcc -g", text, NULL);
	assert_ok(dwarf_layout(probe, f, &l, NULL));
	for (size_t i = 0; i < COMPILER_COUNT; i++) {
		CLEANUP(free_ptr) char *same = compile_probe(&dir, f, compilers[i], text, l);

		assert_non_null(same);
		for (size_t k = 0; k < sizeof(others) / sizeof(*others); k++) {
			CLEANUP(free_ptr) char *other_text = xasprintf("%s%s", others[k], color);
			CLEANUP(free_ptr) char *other = compile_probe(&dir, f, compilers[i], other_text, l);

			if (other)
				fail_msg("%s compiles: %s", compilers[i], others[k]);
		}
	}
}

static void expect_refusal(const char *fields_text, const char *text, enum err_code code,
			   const char *words)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(fields_freep) struct fields *f = NULL;

	assert_ok(fields_parse("list", fields_text, strlen(fields_text), &f));
	for (size_t i = 0; i < COMPILER_COUNT; i++) {
		CLEANUP(layout_freep) struct layout *l = NULL;
		CLEANUP(free_ptr) char *probe = compile_probe(&dir, f, compilers[i], text, NULL);
		struct err *e = dwarf_layout(probe, f, &l, NULL);

		if (!e)
			e = layout_check_mandatory(l);
		assert_err(e, code, words);
	}
}

static void refused(void **state)
{
	(void)state;
	expect_refusal("struct a\n\tb\n", "struct a;", ERR_DATA, "struct a (list:1) is not defined");
	expect_refusal("struct a\n\tb|c as d\n", "struct a { int x; };", ERR_DATA,
		       "struct a has no member b, nor c (list:2)");
	expect_refusal("enum a\n\tB\n", "enum a { C };", ERR_DATA, "enum a has no enumerator B (list:2)");
	expect_refusal("struct a\n\tb.c\n", "struct a { struct { int c; } *b; };", ERR_DATA,
		       "'c' is looked for in something that is no structure");
	expect_refusal("struct a\n\tb[0].c as d\n", "struct a { int b[2][2]; };", ERR_DATA,
		       "'c' is looked for in something that is no structure");
	expect_refusal("struct a\n\tb[0] as d\n", "struct a { int b; };", ERR_DATA, "b[0]: is no array");
	expect_refusal("struct a\n\tb.c\n", "struct a { unsigned b:3; };", ERR_DATA, "no structure");
}

static void no_objects(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(fields_freep) struct fields *f = NULL;
	CLEANUP(free_ptr) char *text = scratch_file(&dir, "text", "no object");
	CLEANUP(free_ptr) char *plain = object_compile(&dir, "plain", "gcc", "int x;");
	CLEANUP(free_ptr) char *foreign = object_compile(&dir, "foreign", "gcc -g", "int x;");
	CLEANUP(free_ptr) char *twice = object_compile(&dir, "twice", "gcc -g",
		"struct task { int a; } *farwalk_struct_task; struct { int a; } *farwalk_struct_x;");
	CLEANUP(free_ptr) char *wrong = object_compile(&dir, "wrong", "gcc -g", "int *farwalk_struct_task;");
	struct layout *l = NULL;

	(void)state;
	assert_ok(fields_parse("list", "struct task\n\ta\n", 15, &f));
	assert_err(dwarf_layout("/nonexistent", f, &l, NULL), ERR_SYSTEM, "/nonexistent");
	assert_err(dwarf_layout(text, f, &l, NULL), ERR_DATA, "no ELF object");
	assert_err(dwarf_layout(plain, f, &l, NULL), ERR_DATA, "no debug information");
	assert_err(dwarf_layout(foreign, f, &l, NULL), ERR_DATA, "no anchor for struct task (list:1)");
	assert_err(dwarf_layout(wrong, f, &l, NULL), ERR_DATA, "its anchor points to something else");
	assert_ok(dwarf_layout(twice, f, &l, NULL));
	layout_free(l);
}

/* Whatever byte is wrong, there is an answer or an error. */
static void damaged(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(fields_freep) struct fields *f = NULL;
	CLEANUP(buf_deinit) struct buf bytes = BUF_INIT;
	CLEANUP(close_fd) int fd = memfd_create("damaged.o", MFD_CLOEXEC);
	CLEANUP(free_ptr) char *path = xasprintf("/proc/self/fd/%d", fd);
	CLEANUP(free_ptr) char *probe = NULL;

	(void)state;
	assert_ok(fields_parse("list", list, strlen(list), &f));
	probe = compile_probe(&dir, f, "gcc -gdwarf-4", source, NULL);
	assert_ok(file_read(probe, 1 << 20, &bytes));
	for (size_t i = 0; i < bytes.size; i++) {
		CLEANUP(layout_freep) struct layout *l = NULL;

		bytes.data[i] = (char)~bytes.data[i];
		assert_int_equal(pwrite(fd, bytes.data, bytes.size, 0), bytes.size);
		bytes.data[i] = (char)~bytes.data[i];
		err_discard(dwarf_layout(path, f, &l, NULL));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_compiler), cmocka_unit_test(absence_is_proved),
		cmocka_unit_test(refused),	  cmocka_unit_test(no_objects),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
