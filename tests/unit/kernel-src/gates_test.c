#include "tests/lib/unit.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "kernel-src/infer/gates.h"
#include "tests/lib/scratch.h"

static struct gates *gates(const struct scratch *s, const char *makefile, const char *below)
{
	CLEANUP(free_ptr) char *folder = scratch_path(s, "kernel");
	struct gates *g = NULL;

	assert_ok(file_make_dirs(folder));
	free(scratch_file(s, "Makefile", makefile));
	free(scratch_file(s, "kernel/Makefile", below));
	assert_ok(gates_read(s->path, &g));
	return g;
}

static void check_gate(const struct gates *g, const char *path, const char *expected)
{
	const char *found = gates_of(g, path, strlen(path));

	if (!expected)
		assert_null(found);
	else
		assert_string_equal(found ? found : "none", expected);
}

static void makefiles(void **state)
{
	CLEANUP(scratch_deinit) struct scratch s = scratch_init();
	CLEANUP(gates_freep) struct gates *g =
		gates(&s, "ifeq ($(KBUILD_EXTMOD),)\ncore-y += kernel/\nendif\n",
		      "obj-y := fork.o \\\n\texit.o # comment\n"
		      "obj-$(CONFIG_A) += a.o\nobj-$(CONFIG_B) += b.o\nb-y := b1.o\n"
		      "b-$(CONFIG_C) += b2.o\nb-objs += b3.o\n"
		      "ifdef CONFIG_D\nobj-y += d.o\nelse\nobj-y += e.o\nendif\n"
		      "ifeq ($(CONFIG_F),y)\nobj-$(CONFIG_G) += f.o\nendif\n"
		      "ifneq ($(CONFIG_H),)\nobj-y += h.o\nendif\n"
		      "ifeq ($(foo),bar)\nobj-y += i.o\nendif\n"
		      "obj-m += m.o\nobj-$(CONFIG_A) += twice.o\nobj-$(CONFIG_B) += twice.o\n"
		      "\trecipe-y := no.o\nobj-y += bits_$(BITS).o\n");

	(void)state;
	check_gate(g, "kernel/fork.c", "\n");
	check_gate(g, "kernel/exit.c", "\n");
	check_gate(g, "kernel/a.c", " A\n");
	check_gate(g, "kernel/b.c", NULL);
	check_gate(g, "kernel/b1.c", " B\n");
	check_gate(g, "kernel/b2.c", " C B\n");
	check_gate(g, "kernel/b3.c", " B\n");
	check_gate(g, "kernel/d.c", " D+\n");
	check_gate(g, "kernel/e.c", " !D+\n");
	check_gate(g, "kernel/f.c", " F G\n");
	check_gate(g, "kernel/h.c", " H+\n");
	check_gate(g, "kernel/i.c", " ?\n");
	check_gate(g, "kernel/m.c", NULL);
	check_gate(g, "kernel/twice.c", " A\n B\n");
	check_gate(g, "kernel/bits_64.c", "\n");
	check_gate(g, "kernel/no.c", NULL);
}

static void lists_of_lists_and_recipes(void **state)
{
	CLEANUP(scratch_deinit) struct scratch s = scratch_init();
	CLEANUP(gates_freep) struct gates *g =
		gates(&s, "core-y += kernel/\n",
		      "mmu-$(CONFIG_MMU) := a.o\nobj-y := b.o $(mmu-y)\n"
		      "ifdef CONFIG_A\n\tobj-$(CONFIG_B) += tab.o\nendif\n"
		      "sfp-obj-$(CONFIG_SFP) += bus.o\nobj-y += $(sfp-obj-y) $(sfp-obj-m)\n"
		      "obj-y += $(nothing-y) $(call x,y) $(unclosed-y\n"
		      "$(obj)/x.c: y FORCE\n\tobj-y += recipe.o\n\t$(call x)\nobj-y += after.o\n\tobj-y += last.o\n");

	(void)state;
	check_gate(g, "kernel/a.c", " MMU\n");
	check_gate(g, "kernel/b.c", "\n");
	check_gate(g, "kernel/tab.c", " A+ B\n");
	check_gate(g, "kernel/bus.c", " SFP+\n");
	check_gate(g, "kernel/nothing.c", NULL);
	check_gate(g, "kernel/recipe.c", NULL);
	check_gate(g, "kernel/after.c", "\n");
	check_gate(g, "kernel/last.c", "\n");
}

static void composites_that_hold_themselves_end(void **state)
{
	CLEANUP(scratch_deinit) struct scratch s = scratch_init();
	CLEANUP(gates_freep) struct gates *g =
		gates(&s, "core-y += kernel/\n", "obj-y += a.o\na-y := b.o a.o\nb-y := a.o\nobj-y += ./\n");

	(void)state;
	assert_non_null(g);
}

static void modules_are_known_by_the_name_they_are_loaded_with(void **state)
{
	CLEANUP(scratch_deinit) struct scratch s = scratch_init();
	CLEANUP(gates_freep) struct gates *g =
		gates(&s, "drivers-$(CONFIG_DRIVERS) += kernel/\n",
		      "obj-$(CONFIG_A) += virtio-net.o\nobj-y += always.o\n");
	const char *found;

	(void)state;
	found = gates_module(g, "virtio_net", strlen("virtio_net"));
	assert_string_equal(found ? found : "none", " A=m DRIVERS+\n");
	assert_null(gates_module(g, "always", strlen("always")));
	assert_null(gates_module(g, "virtio-net", strlen("virtio-net")));
}

static void included_files_are_where_their_includers_are(void **state)
{
	CLEANUP(scratch_deinit) struct scratch s = scratch_init();
	CLEANUP(gates_freep) struct gates *g =
		gates(&s, "core-y += kernel/\n", "obj-$(CONFIG_A) += a.o\n");
	struct condition c;

	(void)state;
	condition_read(" B", 2, &c);
	gates_include(g, "kernel/a.c", strlen("kernel/a.c"), "part.c", strlen("part.c"), &c);
	gates_include(g, "kernel/a.c", strlen("kernel/a.c"), "../lib/x.c", strlen("../lib/x.c"), &c);
	gates_include(g, "kernel/a.c", strlen("kernel/a.c"), "../../y.c", strlen("../../y.c"), &c);
	gates_include(g, "kernel/none.c", strlen("kernel/none.c"), "z.c", strlen("z.c"), &c);
	check_gate(g, "kernel/part.c", " A B\n");
	check_gate(g, "lib/x.c", " A B\n");
	check_gate(g, "kernel/z.c", NULL);
}

static void a_tree_without_a_makefile_is_none(void **state)
{
	CLEANUP(scratch_deinit) struct scratch s = scratch_init();
	CLEANUP(gates_freep) struct gates *g = NULL;

	(void)state;
	assert_err(gates_read(s.path, &g), ERR_ABSENT, "no Makefile");
	assert_null(g);
}

/* Folders are followed down to a limit, which is an error. */
static void folders_too_deep_are_refused(void **state)
{
	CLEANUP(scratch_deinit) struct scratch s = scratch_init();
	CLEANUP(buf_deinit) struct buf path = BUF_INIT;
	CLEANUP(gates_freep) struct gates *g = NULL;

	(void)state;
	free(scratch_file(&s, "Makefile", "core-y += in/\n"));
	for (int i = 0; i < 40; i++) {
		CLEANUP(free_ptr) char *folder = NULL, *file = NULL;

		buf_add_str(&path, "in/");
		folder = scratch_path(&s, buf_str(&path));
		assert_ok(file_make_dirs(folder));
		file = xasprintf("%sMakefile", buf_str(&path));
		free(scratch_file(&s, file, "obj-y += in/\n"));
	}
	assert_err(gates_read(s.path, &g), ERR_DATA, "too deep");
	assert_null(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makefiles),
		cmocka_unit_test(lists_of_lists_and_recipes),
		cmocka_unit_test(composites_that_hold_themselves_end),
		cmocka_unit_test(modules_are_known_by_the_name_they_are_loaded_with),
		cmocka_unit_test(included_files_are_where_their_includers_are),
		cmocka_unit_test(a_tree_without_a_makefile_is_none),
		cmocka_unit_test(folders_too_deep_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
