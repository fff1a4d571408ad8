#include "tests/lib/unit.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel-src/infer/clues.h"
#include "kernel-src/kconfig/kconfig.h"
#include "tests/lib/scratch.h"

static struct gates *gates(const struct scratch *s, const char *below)
{
	CLEANUP(free_ptr) char *folder = scratch_path(s, "drivers/virtio");
	struct gates *g = NULL;

	assert_ok(file_make_dirs(folder));
	free(scratch_file(s, "Makefile", "drivers-y += drivers/\n"));
	free(scratch_file(s, "drivers/Makefile", "obj-$(CONFIG_VIRTIO) += virtio/\nobj-y += init.o\n"));
	free(scratch_file(s, "drivers/virtio/Makefile", below));
	assert_ok(gates_read(s->path, &g));
	return g;
}

#define MODULE(name) "ffffffffc0a01000 t f\t[" name "]\n"

static struct infer *inferred(struct gates *g)
{
	struct infer *in = NULL;

	assert_ok(infer_new("F drivers/init.c\nT init\n", "ffffffff81000000 T init\n", g, &in));
	return in;
}

static enum infer_state state_of(const struct infer *in, const char *name)
{
	const struct infer_option *o = infer_find(in, name);

	return o ? o->state : INFER_UNKNOWN;
}

static void banner_and_vermagic(void **state)
{
	static const char text[] = "config PREEMPT_BUILD\n\tbool\n";
	CLEANUP(scratch_deinit) struct scratch s = scratch_init();
	CLEANUP(gates_freep) struct gates *g = gates(&s, "");
	CLEANUP(kconfig_freep) struct kconfig *k = kconfig_new(), *old = kconfig_new();
	CLEANUP(infer_freep) struct infer *in = inferred(g), *rt = inferred(g), *other = inferred(g);

	(void)state;
	assert_ok(kconfig_add_text(k, text, sizeof(text) - 1));
	clues_banner(in, "Linux version 6.1 (a@b) (gcc) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2");
	assert_ok(clues_vermagic(in, k, "6.1 SMP preempt mod_unload modversions "));
	assert_int_equal(state_of(in, "SMP"), INFER_Y);
	assert_int_equal(state_of(in, "PREEMPT_DYNAMIC"), INFER_Y);
	assert_int_equal(state_of(in, "PREEMPT_RT"), INFER_NOT_Y);
	assert_int_equal(state_of(in, "PREEMPT_BUILD"), INFER_Y);
	assert_int_equal(state_of(in, "PREEMPT"), INFER_UNKNOWN);
	assert_int_equal(state_of(in, "MODVERSIONS"), INFER_Y);
	assert_null(infer_find(in, "SMP")->conflict);
	clues_banner(rt, "Linux version 6.1 (a@b) (gcc) #1 PREEMPT_RT Debian");
	assert_ok(clues_vermagic(rt, k, "6.1 preempt_rt mod_unload "));
	assert_int_equal(state_of(rt, "SMP"), INFER_NOT_Y);
	assert_int_equal(state_of(rt, "PREEMPT_RT"), INFER_Y);
	assert_int_equal(state_of(rt, "PREEMPT_BUILD"), INFER_UNKNOWN);
	assert_int_equal(state_of(rt, "MODVERSIONS"), INFER_NOT_Y);
	assert_ok(clues_vermagic(other, old, "4.15 SMP mod_unload retpoline "));
	assert_int_equal(state_of(other, "PREEMPT"), INFER_NOT_Y);
	assert_int_equal(state_of(other, "PREEMPT_BUILD"), INFER_UNKNOWN);
	assert_int_equal(state_of(other, "RETPOLINE"), INFER_Y);
}

static void nonsense_says_nothing(void **state)
{
	CLEANUP(scratch_deinit) struct scratch s = scratch_init();
	CLEANUP(gates_freep) struct gates *g = gates(&s, "");
	CLEANUP(kconfig_freep) struct kconfig *k = kconfig_new();
	CLEANUP(infer_freep) struct infer *in = inferred(g);
	CLEANUP(buf_deinit) struct buf b = BUF_INIT, said = BUF_INIT;

	(void)state;
	clues_banner(in, "");
	clues_banner(in, "Linux version SMP PREEMPT_RT");
	assert_ok(clues_vermagic(in, k, ""));
	assert_ok(clues_vermagic(in, k, "6.1"));
	clues_vmcoreinfo(in, "");
	/* no VMCOREINFO: OSRELEASE is not in it */
	clues_vmcoreinfo(in, "LENGTH(node_data)=1024\nSYMBOL(mem_section)=0\n");
	clues_vmcoreinfo(in, "OSRELEASE=6.1\nXLENGTH(node_data)=1024\n");
	clues_modules(in, g, "");
	clues_numbers("", "", &b, &said);
	clues_numbers("0 d node_data\n", "LENGTH(node_data)=\nLENGTH(node_data)=5\n", &b, &said);
	clues_numbers("ffffffff81000000 d node_data\nffffffff80000000 d x\n", "LENGTH(node_data)=4096\n", &b, &said);
	assert_string_equal(buf_str(&b), "");
	assert_string_equal(buf_str(&said), "");
	assert_int_equal(infer_count(in), 0);
	assert_err(clues_vermagic(in, k, "6.1 SMP RANDSTRUCT_1234 "), ERR_DATA, "random order");
}

static void what_disagrees_is_kept(void **state)
{
	CLEANUP(scratch_deinit) struct scratch s = scratch_init();
	CLEANUP(gates_freep) struct gates *g = gates(&s, "");
	CLEANUP(kconfig_freep) struct kconfig *k = kconfig_new();
	CLEANUP(infer_freep) struct infer *in = inferred(g);
	CLEANUP(buf_deinit) struct buf b = BUF_INIT, said = BUF_INIT;

	(void)state;
	clues_banner(in, "Linux version 6.1 #1 SMP Debian");
	assert_ok(clues_vermagic(in, k, "6.1 mod_unload "));
	assert_int_equal(state_of(in, "SMP"), INFER_Y);
	assert_string_equal(infer_find(in, "SMP")->conflict, "not y by vermagic");
	clues_vmcoreinfo(in, "OSRELEASE=6.1\nSYMBOL(contig_page_data)=1\nLENGTH(node_data)=64\n");
	assert_string_equal(infer_find(in, "NUMA")->conflict, "y by VMCOREINFO: length of node_data");
	clues_numbers("ffffffff81000000 d node_data\nffffffff81000100 d x\n", "LENGTH(node_data)=64\n", &b, &said);
	assert_string_equal(buf_str(&said), "contradiction: VMCOREINFO has 64 elements of node_data, the next "
					    "symbol leaves room for 32\n");
}

static void numbers(void **state)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT, said = BUF_INIT;

	(void)state;
	clues_numbers("ffffffff81000000 D __per_cpu_offset\nffffffff81000040 d node_data\n"
		      "ffffffff81000240 d x\n", "", &b, &said);
	assert_string_equal(buf_str(&b), "CONFIG_NR_CPUS\t8\t1:0\tlength of __per_cpu_offset\n"
					 "CONFIG_NODES_SHIFT\t6\t1:0\tlength of node_data\n");
	buf_clear(&b);
	clues_numbers("", "OSRELEASE=6.1\nLENGTH(node_data)=1024\n", &b, &said);
	assert_string_equal(buf_str(&b), "CONFIG_NODES_SHIFT\t10\t1:0\tVMCOREINFO: length of node_data\n");
	assert_string_equal(buf_str(&said), "");
}

static void cache_lines(void **state)
{
	static const char *const names[] = { "tasklist_lock", "mmlist_lock", "rename_lock", "mount_lock", "jiffies_lock",
					     "jiffies" };
	CLEANUP(buf_deinit) struct buf b = BUF_INIT, said = BUF_INIT;

	(void)state;
	/* aligned to 64, 128 and 32 bytes, and with one that is not aligned */
	for (unsigned int step = 32; step <= 128; step *= 2) {
		CLEANUP(buf_deinit) struct buf map = BUF_INIT;

		for (unsigned int i = 0; i < 6; i++)
			buf_addf(&map, "ffffffff8200%04x D %s\n", step * (i + 1), names[i]);
		clues_numbers(buf_str(&map), "", &b, &said);
		buf_addf(&map, "ffffffff82010004 D pidmap_lock\n");
		clues_numbers(buf_str(&map), "", &b, &said);
	}
	assert_string_equal(buf_str(&b), "CONFIG_X86_L1_CACHE_SHIFT\t6\t6:0\taddresses of tasklist_lock and others\n"
					 "CONFIG_X86_L1_CACHE_SHIFT\t7\t6:0\taddresses of tasklist_lock and others\n");
	clues_numbers("ffffffff82000040 D tasklist_lock\nffffffff82000080 D jiffies\n", "", &said, &said);
	assert_string_equal(buf_str(&said), "");
}

static void modules_are_m(void **state)
{
	CLEANUP(scratch_deinit) struct scratch s = scratch_init();
	CLEANUP(gates_freep) struct gates *g = gates(&s,
		"obj-$(CONFIG_VIRTIO) += virtio.o\nobj-$(CONFIG_VIRTIO_PCI) += virtio-pci.o\nvirtio-pci-y := modern.o\n"
		"obj-$(CONFIG_A) += twice.o\nobj-$(CONFIG_B) += twice.o\nobj-y += always.o\n"
		"ifdef CONFIG_C\nobj-$(CONFIG_D) += d.o\nendif\n");
	CLEANUP(infer_freep) struct infer *in = inferred(g);

	(void)state;
	clues_modules(in, g, MODULE("virtio_pci") MODULE("virtio_pci") MODULE("d") MODULE("twice") MODULE("always")
			     MODULE("modern") MODULE("nowhere") "\n" MODULE("virtio-pci") "x\t[]\nx\t[d\n");
	assert_int_equal(state_of(in, "VIRTIO_PCI"), INFER_M);
	assert_string_equal(infer_find(in, "VIRTIO_PCI")->witness_for, "module virtio_pci is loaded");
	assert_int_equal(state_of(in, "VIRTIO"), INFER_ON);
	assert_int_equal(state_of(in, "MODULES"), INFER_Y);
	assert_int_equal(state_of(in, "C"), INFER_ON);
	assert_int_equal(state_of(in, "D"), INFER_M);
	assert_int_equal(state_of(in, "A"), INFER_UNKNOWN);
	assert_int_equal(state_of(in, "B"), INFER_UNKNOWN);
	/* what is more exact is taken, though it comes later */
	clues_modules(in, g, MODULE("virtio"));
	assert_int_equal(state_of(in, "VIRTIO"), INFER_M);
	assert_null(infer_find(in, "VIRTIO")->conflict);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(banner_and_vermagic),
		cmocka_unit_test(nonsense_says_nothing),
		cmocka_unit_test(what_disagrees_is_kept),
		cmocka_unit_test(numbers),
		cmocka_unit_test(cache_lines),
		cmocka_unit_test(modules_are_m),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
