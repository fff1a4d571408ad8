#include "tests/lib/unit.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "offsets/fields.h"

static struct err *parse(const char *text, struct fields **ret)
{
	return fields_parse("list", text, strlen(text), ret);
}

static void everything(void **state)
{
	CLEANUP(fields_freep) struct fields *f = NULL;

	(void)state;
	assert_ok(parse("# comment\n"
			"include <linux/sched.h>\t# with a comment\n"
			"include? <linux/maple_tree.h>\n"
			"\n   \t \n"
			"struct task_struct\n"
			"\tpid\n"
			"    mm_mt?\n"
			"\t__state|state as state\n"
			"\tthread_info.cpu|cpu? as cpu\n"
			"\tf_path.dentry\n"
			"\tpids[0].link[12].pid as pid_link # comment\r\n"
			"union? number\n"
			"\tlong_one\n"
			"enum? kind\n"
			"\tKIND_A\n"
			"\tKIND_B|KIND_C? as OTHER\n"
			"const PAGE_SIZE\n"
			"const? TASK_NOLOAD", &f));
	assert_int_equal(f->include_count, 2);
	assert_string_equal(f->includes[0].header, "<linux/sched.h>");
	assert_false(f->includes[0].optional);
	assert_true(f->includes[1].optional);

	assert_int_equal(f->type_count, 3);
	assert_int_equal(f->types[0].kind, FIELDS_STRUCT);
	assert_string_equal(f->types[0].tag, "task_struct");
	assert_int_equal(f->types[0].line, 6);
	assert_false(f->types[0].optional);
	assert_int_equal(f->types[0].member_count, 6);
	assert_int_equal(f->types[1].kind, FIELDS_UNION);
	assert_true(f->types[1].optional);
	assert_int_equal(f->types[2].kind, FIELDS_ENUM);

	const struct fields_member *m = f->types[0].members;

	assert_string_equal(m[0].name, "pid");
	assert_false(m[0].optional);
	assert_int_equal(m[0].line, 7);
	assert_string_equal(m[1].name, "mm_mt");
	assert_string_equal(m[1].paths[0], "mm_mt");
	assert_true(m[1].optional);
	assert_string_equal(m[2].name, "state");
	assert_int_equal(m[2].path_count, 2);
	assert_string_equal(m[2].paths[0], "__state");
	assert_string_equal(m[2].paths[1], "state");
	assert_false(m[2].optional);
	assert_true(m[3].optional);
	assert_string_equal(m[3].paths[1], "cpu");
	assert_string_equal(m[4].name, "f_path_dentry");
	assert_string_equal(m[5].name, "pid_link");
	assert_string_equal(m[5].paths[0], "pids[0].link[12].pid");
	assert_string_equal(f->types[2].members[1].name, "OTHER");

	assert_int_equal(f->const_count, 2);
	assert_string_equal(f->consts[1].name, "TASK_NOLOAD");
	assert_true(f->consts[1].optional);
	assert_int_equal(f->consts[1].line, 19);
}

static void nothing(void **state)
{
	CLEANUP(fields_freep) struct fields *f = NULL;
	CLEANUP(fields_freep) struct fields *g = NULL;

	(void)state;
	assert_ok(fields_parse("list", NULL, 0, &f));
	assert_int_equal(f->type_count + f->const_count + f->include_count, 0);
	assert_ok(parse("\n\n# only a comment", &g));
}

static void steps(void **state)
{
	const char *path = "pids[3].link[40][1].pid";
	struct fields_step step;
	CLEANUP(free_ptr) char *seen = xasprintf("%s", "");

	(void)state;
	while (fields_step(&path, &step)) {
		char *next = step.name ? xasprintf("%s %.*s", seen, (int)step.name_size, step.name) :
			xasprintf("%s [%d]", seen, (int)step.index);

		free(seen);
		seen = next;
	}
	assert_string_equal(seen, " pids [3] link [40] [1] pid");
}

static void refused(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "\tpid\n", "list:1: 'pid': a member" },
		{ "structure x\n", "list:1: 'structure': expected include, struct" },
		{ "struct\n", "expected a keyword and one name" },
		{ "struct a b\n", "expected a keyword and one name" },
		{ "struct a b c\n", "one word too many" },
		{ "struct 1a\n", "'1a': expected the tag" },
		{ "struct a-b\n", "expected the tag" },
		{ "struct a;\n", "expected the tag" },
		{ "struct ?\n", "expected the tag" },
		{ "const\n", "expected a keyword and one name" },
		{ "const 1\n", "expected the name of a constant" },
		{ "const A+B\n", "expected the name of a constant" },
		{ "const? ?\n", "expected the name of a constant" },
		{ "include linux/sched.h\n", "expected a header" },
		{ "include \"linux/sched.h\"\n", "expected a header" },
		{ "include <>\n", "expected a header" },
		{ "include <a>b>\n", "expected a header" },
		{ "include <a\\b>\n", "expected a header" },
		{ "include <a.h>\ninclude? <a.h>\n", "list:2: '<a.h>': is included twice" },
		{ "struct a\n\tx y\n", "expected MEMBER or MEMBER as NAME" },
		{ "struct a\n\tx as\n", "expected MEMBER or MEMBER as NAME" },
		{ "struct a\n\tx is y\n", "expected MEMBER or MEMBER as NAME" },
		{ "struct a\n\tx as y z\n", "one word too many" },
		{ "struct a\n\tx|y\n", "need a name: as NAME" },
		{ "struct a\n\tx[0]\n", "need a name: as NAME" },
		{ "struct a\n\tx|x as y\n", "is an alternative to itself" },
		{ "struct a\n\tx||y as z\n", "'': expected a member" },
		{ "struct a\n\t|x as z\n", "expected a member" },
		{ "struct a\n\tx?|y as z\n", "'x?': expected a member" },
		{ "struct a\n\tx.\n", "expected a member" },
		{ "struct a\n\t.x\n", "expected a member" },
		{ "struct a\n\tx..y\n", "expected a member" },
		{ "struct a\n\tx->y\n", "expected a member" },
		{ "struct a\n\t[0].x as y\n", "expected a member" },
		{ "struct a\n\tx[] as y\n", "expected a member" },
		{ "struct a\n\tx[-1] as y\n", "expected a member" },
		{ "struct a\n\tx[0 as y\n", "expected a member" },
		{ "struct a\n\tx[0]z as y\n", "expected a member" },
		{ "struct a\n\tx[1234567] as y\n", "expected a member" },
		{ "struct a\n\tx as y.z\n", "expected a name for offsets.h" },
		{ "struct a\n\tx as 9\n", "expected a name for offsets.h" },
		{ "struct a\n\ta|b|c|d|e|f|g|h|i as z\n", "'i': too many alternatives" },
		{ "enum a\n\tA.B\n", "expected an enumerator" },
		{ "struct a\n\tx\n\tx\n", "list:3: HAVE_a_x of offsets.h is made by line 2 already" },
		{ "struct a\nstruct a\n", "is made by line 1 already" },
		{ "struct a\nunion a\n", "SIZE_a of offsets.h is made by line 1 already" },
		{ "struct a\n\tb.c\n\tb_c\n", "HAVE_a_b_c of offsets.h is made by line 2 already" },
		{ "struct a\n\tb_c\nstruct a_b\n\tc\n", "HAVE_a_b_c of offsets.h is made by line 2 already" },
		{ "const A\nenum e\n\tA\n", "HAVE_CONST_A of offsets.h is made by line 1 already" },
		{ "struct \x1b[2J\n", "'\\x1b[2J': expected the tag" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fields *f = NULL;

		assert_err(parse(cases[i].text, &f), ERR_USAGE, cases[i].words);
		assert_null(f);
	}
}

static void long_and_binary(void **state)
{
	struct fields *f = NULL;
	char name[400] = "struct ";

	(void)state;
	memset(name + 7, 'x', 300);
	assert_err(parse(name, &f), ERR_USAGE, "expected the tag");
	assert_err(fields_parse("list", "struct a\0b", 10, &f), ERR_USAGE, "NUL");
	assert_err(fields_read("/nonexistent", &f), ERR_SYSTEM, "/nonexistent");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything), cmocka_unit_test(nothing), cmocka_unit_test(steps),
		cmocka_unit_test(refused),    cmocka_unit_test(long_and_binary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
