#include "tests/lib/unit.h"

#include "memory/mtree.h"

/* Of QEMU 7.2, q35 with 4 GiB, shortened. */
static const char q35[] =
	"FlatView #0\r\n"
	" AS \"virtio-blk-pci\", root: bus master container\r\n"
	" Root memory region: (none)\r\n"
	"  No rendered FlatView\r\n"
	"\r\n"
	"FlatView #1\r\n"
	" AS \"memory\", root: system\r\n"
	" AS \"cpu-memory-0\", root: system\r\n"
	" Root memory region: system\r\n"
	"  0000000000000000-00000000000c2fff (prio 0, ram): ram\r\n"
	"  00000000000c3000-00000000000e7fff (prio 0, rom): ram @00000000000c3000\r\n"
	"  00000000000e8000-000000007fffffff (prio 0, ram): ram @00000000000e8000 KVM\r\n"
	"  00000000b0000000-00000000bfffffff (prio 0, i/o): pcie-mmcfg-mmio\r\n"
	"  00000000fd000000-00000000fdffffff (prio 1, ram): vga.vram KVM\r\n"
	"  00000000fe000000-00000000fe000fff (prio 1, ramd): some device\r\n"
	"  00000000fffc0000-00000000ffffffff (prio 0, romd): pc.bios\r\n"
	"  0000000100000000-000000017fffffff (prio 0, ram): ram @0000000080000000 KVM\r\n"
	"  0000000180000000-0000000180000fff (prio -1000, nv-ram): a name of words\r\n"
	"\r\n"
	"FlatView #2\r\n"
	" AS \"I/O\", root: io\r\n"
	" Root memory region: io\r\n"
	"  0000000000000000-0000000000000007 (prio 0, ram): not ours\r\n";

static void regions_are_found(void **state)
{
	static const struct {
		uint64_t start, end, offset;
		const char *name;
	} expected[] = {
		{ 0, 0xc3000, 0, "ram" },
		{ 0xc3000, 0xe8000, 0xc3000, "ram" },
		{ 0xe8000, 0x80000000, 0xe8000, "ram" },
		{ 0xfd000000, 0xfe000000, 0, "vga.vram" },
		{ 0x100000000, 0x180000000, 0x80000000, "ram" },
		{ 0x180000000, 0x180001000, 0, "a name of words" },
	};
	struct mtree t;

	(void)state;
	assert_ok(mtree_parse(q35, sizeof(q35) - 1, &t));
	assert_int_equal(t.count, sizeof(expected) / sizeof(*expected));
	for (size_t i = 0; i < t.count; i++) {
		assert_int_equal(t.regions[i].start.v, expected[i].start);
		assert_int_equal(t.regions[i].end.v, expected[i].end);
		assert_int_equal(t.regions[i].offset, expected[i].offset);
		assert_string_equal(t.regions[i].name, expected[i].name);
	}
	mtree_deinit(&t);
}

static void malformed_trees_are_refused(void **state)
{
#define VIEW "FlatView #0\n AS \"memory\", root: system\n"
	static const struct {
		const char *text, *words;
	} bad[] = {
		{ "", "no flat view" },
		{ "FlatView #0\n AS \"I/O\", root: io\n  00000000", "no flat view" },
		{ VIEW, "has no RAM" },
		{ VIEW "  0000000000000000-00000000000c2fff (prio 0, i/o): x\n", "has no RAM" },
		{ VIEW "  0000000000000000-00000000000c2ff (prio 0, ram): x\n", "expected a region" },
		{ VIEW "  000000000000000g-00000000000c2fff (prio 0, ram): x\n", "expected a region" },
		{ VIEW "  0000000000000000-00000000000c2fff\n", "expected a region" },
		{ VIEW "  0000000000000000-00000000000c2fff (prio 0", "expected a region" },
		{ VIEW "  \x1b[2J\n", "\"  \\x1b[2J\": expected a region" },
		{ VIEW "  0000000000001000-0000000000000fff (prio 0, ram): x\n",
		  "no range of physical addresses" },
		{ VIEW "  0000000000001000-ffffffffffffffff (prio 0, ram): x\n",
		  "no range of physical addresses" },
		{ VIEW "  0000000000000000-0000000000000fff (prio 0, ram): x\n"
		       "  0000000000000800-0000000000001fff (prio 0, ram): x\n", "overlaps" },
	};
	struct mtree t;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_err(mtree_parse(bad[i].text, strlen(bad[i].text), &t), ERR_DATA,
			   bad[i].words);
		mtree_deinit(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regions_are_found),
		cmocka_unit_test(malformed_trees_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
