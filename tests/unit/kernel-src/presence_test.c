#include "tests/lib/unit.h"

#include <bpf/btf.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel-src/infer/presence.h"
#include "tests/lib/scratch.h"

/* struct task_struct { int pid; int seq; struct { int deep; }; };
 * typedef struct { int t; } type_t;
 * enum zone { DMA, NORMAL }; enum { FIRST, SECOND };
 * struct twice { int a; }; struct other { int a; };
 */
static void make_btf(struct buf *ret)
{
	struct btf *btf = btf__new_empty();
	const void *raw;
	uint32_t size;

	assert_int_equal(btf__add_int(btf, "int", 4, BTF_INT_SIGNED), 1);
	assert_int_equal(btf__add_struct(btf, NULL, 4), 2);
	btf__add_field(btf, "deep", 1, 0, 0);
	assert_int_equal(btf__add_const(btf, 2), 3);
	assert_int_equal(btf__add_struct(btf, "task_struct", 12), 4);
	btf__add_field(btf, "pid", 1, 0, 0);
	btf__add_field(btf, "seq", 1, 32, 0);
	btf__add_field(btf, NULL, 3, 64, 0);
	assert_int_equal(btf__add_struct(btf, NULL, 4), 5);
	btf__add_field(btf, "t", 1, 0, 0);
	assert_int_equal(btf__add_typedef(btf, "type_t", 5), 6);
	assert_int_equal(btf__add_enum(btf, "zone", 4), 7);
	btf__add_enum_value(btf, "DMA", 0);
	btf__add_enum_value(btf, "NORMAL", 1);
	assert_int_equal(btf__add_enum(btf, NULL, 4), 8);
	btf__add_enum_value(btf, "FIRST", 0);
	btf__add_enum_value(btf, "SECOND", 1);
	assert_int_equal(btf__add_struct(btf, "twice", 4), 9);
	btf__add_field(btf, "a", 1, 0, 0);
	assert_int_equal(btf__add_struct(btf, "other", 4), 10);
	btf__add_field(btf, "a", 1, 0, 0);
	raw = btf__raw_data(btf, &size);
	buf_add(ret, raw, size);
	btf__free(btf);
}

struct world {
	struct scratch scratch;
	struct gates *gates;
	struct infer *in;
	struct presence *presence;
};

static void world_deinit(struct world *w)
{
	presence_free(w->presence);
	infer_free(w->in);
	gates_free(w->gates);
	scratch_deinit(&w->scratch);
}

static void build(struct world *w, const char *members)
{
	CLEANUP(buf_deinit) struct buf raw = BUF_INIT;

	*w = (struct world){ .scratch = scratch_init() };
	free(scratch_file(&w->scratch, "Makefile", "obj-y := fork.o\n"));
	assert_ok(gates_read(w->scratch.path, &w->gates));
	assert_ok(infer_new("F fork.c\nT f\n", "ffffffff81000000 T f\n", w->gates, &w->in));
	make_btf(&raw);
	assert_ok(presence_new(members, raw.data, raw.size, &w->presence));
}

static void run(struct world *w)
{
	presence_tell(w->presence, w->in);
	infer_run(w->in, NULL);
}

static void check(const struct world *w, const char *name, enum infer_state state, const char *witness)
{
	const struct infer_option *o = infer_find(w->in, name);

	assert_int_equal(o ? o->state : INFER_UNKNOWN, state);
	if (witness)
		assert_string_equal(state == INFER_N || state == INFER_NOT_Y ? o->witness_against : o->witness_for, witness);
}

static void members_decide(void **state)
{
	CLEANUP(world_deinit) struct world w;
	size_t shapes, there, missing;

	(void)state;
	build(&w, "s task_struct\nm pid\nm seq A\nm deep B+ C\nm gone D\nm gone2 A !E\nm gone3 A G\nm gone4 H I\nm gone5 J+\n"
		  "s type_t\nm t K\nm t2 L\nm always\n" /* BTF's type_t lacks a member that is always there: it is another one */
		  "e zone\nm DMA M\nm NORMAL\nm HIGH N\na FIRST\nm FIRST\nm SECOND O\nm THIRD P\n"
		  "s absent\nm always\nm a Q\n");
	run(&w);
	check(&w, "A", INFER_Y, "BTF: task_struct has seq");
	check(&w, "B", INFER_ON, "BTF: task_struct has deep");
	check(&w, "C", INFER_Y, NULL);
	check(&w, "D", INFER_NOT_Y, "BTF: task_struct has no gone");
	check(&w, "E", INFER_Y, "BTF: task_struct has no gone2");
	check(&w, "G", INFER_NOT_Y, NULL);
	check(&w, "H", INFER_UNKNOWN, NULL);
	check(&w, "I", INFER_UNKNOWN, NULL);
	check(&w, "J", INFER_N, NULL);
	check(&w, "K", INFER_UNKNOWN, NULL);
	check(&w, "L", INFER_UNKNOWN, NULL);
	check(&w, "M", INFER_Y, "BTF: enum zone has DMA");
	check(&w, "N", INFER_NOT_Y, NULL);
	check(&w, "O", INFER_Y, "BTF: enum with FIRST has SECOND");
	check(&w, "P", INFER_NOT_Y, NULL);
	check(&w, "Q", INFER_UNKNOWN, NULL);
	presence_count(w.presence, &shapes, &there, &missing);
	assert_int_equal(shapes, 4);
	assert_int_equal(there, 5);
	assert_int_equal(missing, 8);
}

static void what_is_not_certain_says_nothing(void **state)
{
	CLEANUP(world_deinit) struct world w;

	(void)state;
	build(&w, "s task_struct\nm pid\nm seq A\nm seq !A\nx deep\nm deep B\nm gone C ?\nx gone2\nm gone2 D\n"
		  "s other\nm a E\ns other\n" /* the second depends on nothing, and may have any member */
		  "p LIST\ne zone\nm NORMAL\nm LIST F\n"
		  "a FIRST\nm SECOND G\n" /* nothing in it is always there */
		  "s twice\nm a H\nm b I\ns twice\nm c J\n");
	run(&w);
	check(&w, "A", INFER_UNKNOWN, NULL);
	check(&w, "B", INFER_UNKNOWN, NULL);
	check(&w, "C", INFER_UNKNOWN, NULL);
	check(&w, "D", INFER_UNKNOWN, NULL);
	check(&w, "E", INFER_UNKNOWN, NULL);
	check(&w, "F", INFER_UNKNOWN, NULL);
	check(&w, "G", INFER_UNKNOWN, NULL);
	check(&w, "H", INFER_Y, "BTF: twice has a"); /* BTF's has it, whichever of the two that is */
	check(&w, "I", INFER_UNKNOWN, NULL);
	check(&w, "J", INFER_UNKNOWN, NULL);
}

static void contradictions_name_both(void **state)
{
	CLEANUP(world_deinit) struct world w;
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	(void)state;
	build(&w, "s task_struct\nm pid\nm seq A\nm gone B !C\n");
	infer_set(w.in, "A", INFER_N, "text");
	infer_set(w.in, "B", INFER_Y, "text");
	infer_set(w.in, "C", INFER_N, "banner");
	run(&w);
	check(&w, "A", INFER_N, "text");
	check(&w, "B", INFER_Y, "text");
	assert_string_equal(infer_find(w.in, "A")->conflict, "y by BTF: task_struct has seq");
	presence_contradictions(w.presence, w.in, &b);
	assert_string_equal(buf_str(&b), "contradiction: BTF: task_struct has no gone, though CONFIG_B is y by text, "
					 "CONFIG_C is not by banner\n");
}

/* A structure's members prove y or m; names tell which. */
static void what_was_given_becomes_narrower(void **state)
{
	CLEANUP(world_deinit) struct world w;

	(void)state;
	build(&w, "s task_struct\nm pid\nm seq A+\nm deep B+\n");
	infer_free(w.in);
	assert_ok(infer_new("F fork.c\nT f\nT a A\nT b B\n", "ffffffff81000000 T f\nffffffff81000000 T a\n", w.gates, &w.in));
	run(&w);
	check(&w, "A", INFER_Y, "BTF: task_struct has seq");
	check(&w, "B", INFER_M, NULL);
}

static void damage_is_an_error(void **state)
{
	static const char members[] = "s task_struct\nm pid\nm seq A\n";
	CLEANUP(buf_deinit) struct buf raw = BUF_INIT;
	struct presence *p = NULL;

	(void)state;
	make_btf(&raw);
	assert_err(presence_new(members, "", 0, &p), ERR_DATA, "no BTF");
	assert_err(presence_new(members, "CONFIG_A=y\n and no BTF at all", 29, &p), ERR_DATA, "no BTF");
	assert_err(presence_new(members, raw.data, raw.size - 1, &p), ERR_DATA, "BTF");
	assert_err(presence_new(members, raw.data, 30, &p), ERR_DATA, "BTF");
	for (size_t i = 0; i < raw.size; i++) {
		for (int bit = 0; bit < 8; bit++) {
			struct err *e;

			raw.data[i] = (char)(raw.data[i] ^ 1 << bit);
			e = presence_new(members, raw.data, raw.size, &p);
			if (e)
				assert_int_equal(err_code(e), ERR_DATA);
			else
				presence_free(p);
			err_discard(e);
			raw.data[i] = (char)(raw.data[i] ^ 1 << bit);
		}
	}
}

/* Each holds the next one many times, without a name. */
static void nests_without_an_end_are_refused(void **state)
{
	CLEANUP(buf_deinit) struct buf raw = BUF_INIT;
	struct btf *btf = btf__new_empty();
	struct presence *p = NULL;
	const void *bytes;
	uint32_t size;

	(void)state;
	assert_int_equal(btf__add_int(btf, "int", 4, BTF_INT_SIGNED), 1);
	for (int i = 2; i < 14; i++) {
		assert_int_equal(btf__add_struct(btf, i == 13 ? "task_struct" : NULL, 4), i);
		for (int k = 0; k < 16; k++)
			btf__add_field(btf, i == 2 ? "pid" : NULL, i - 1, 0, 0);
	}
	bytes = btf__raw_data(btf, &size);
	buf_add(&raw, bytes, size);
	btf__free(btf);
	assert_err(presence_new("s task_struct\nm pid\nm seq A\n", raw.data, raw.size, &p), ERR_DATA, "nested without an end");
	/* it does not matter where nobody asks for the structure */
	assert_ok(presence_new("s other\nm pid\nm seq A\n", raw.data, raw.size, &p));
	presence_free(p);
}

static void nonsense_for_definitions(void **state)
{
	CLEANUP(world_deinit) struct world w;

	(void)state;
	build(&w, "m pid A\nx\ns\n\n s\nm \ns  \ne zone\ns task_struct");
	run(&w);
	assert_null(infer_find(w.in, "A"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_decide),
		cmocka_unit_test(what_is_not_certain_says_nothing),
		cmocka_unit_test(contradictions_name_both),
		cmocka_unit_test(what_was_given_becomes_narrower),
		cmocka_unit_test(damage_is_an_error),
		cmocka_unit_test(nests_without_an_end_are_refused),
		cmocka_unit_test(nonsense_for_definitions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
