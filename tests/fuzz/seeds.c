/* seeds: writes the inputs that fuzzing begins with (`make fuzz-seeds`). The repository
 * has them; this program says what is in them. */
#include <bpf/btf.h>
#include <string.h>
#include <zlib.h>

#include "base/alloc.h"
#include "base/file.h"
#include "tests/lib/dump.h"
#include "tests/lib/kallsyms_image.h"

static struct err *write_seed(const char *folder, const char *target, const char *name,
			      const void *data, size_t size)
{
	CLEANUP(free_ptr) char *dir = xasprintf("%s/%s", folder, target);
	CLEANUP(free_ptr) char *path = xasprintf("%s/%s", dir, name);
	struct err *e = file_make_dirs(dir);

	return e ? e : file_write(path, data, size, NULL);
}

/* One image of every kind of table. */
static struct err *kallsyms_seed(const char *folder, size_t number)
{
	const struct image_layout *layout = &image_layouts[number];
	size_t count = layout->uncompressed ? 800 : 258, size = layout->uncompressed ? 32768 : 9216;
	uint64_t va = UINT64_C(0xffffffff81000000);
	struct image_symbol *symbols = image_symbols(layout, va, size, count);
	struct kernel_image image = kernel_image_build(layout, va, size, 64, symbols, count);
	CLEANUP(free_ptr) char *name = xasprintf("layout-%zu", number);
	struct err *e = write_seed(folder, "kallsyms", name, image.data.data, size);

	image_symbols_free(symbols, count);
	kernel_image_deinit(&image);
	return e;
}

static struct err *btf_seed(const char *folder)
{
	struct btf *btf = btf__new_empty();
	const void *data;
	struct err *e;
	__u32 size;
	int i = btf__add_int(btf, "int", 4, BTF_INT_SIGNED), s, v;

	btf__add_array(btf, i, i, 16);
	s = btf__add_struct(btf, "task_struct", 8);
	btf__add_field(btf, "pid", i, 0, 0);
	btf__add_field(btf, "state", i, 32, 0);
	btf__add_union(btf, "u", 4);
	btf__add_field(btf, "a", i, 0, 0);
	btf__add_enum(btf, "e", 4);
	btf__add_enum_value(btf, "A", 1);
	btf__add_fwd(btf, "later", BTF_FWD_STRUCT);
	btf__add_typedef(btf, "pid_t", i);
	btf__add_const(btf, btf__add_volatile(btf, btf__add_ptr(btf, s)));
	v = btf__add_func_proto(btf, i);
	btf__add_func_param(btf, "x", s);
	btf__add_func(btf, "f", BTF_FUNC_STATIC, v);
	v = btf__add_var(btf, "jiffies", BTF_VAR_GLOBAL_ALLOCATED, i);
	btf__add_datasec(btf, ".data", 4);
	btf__add_datasec_var_info(btf, v, 0, 4);
	btf__add_float(btf, "double", 8);
	btf__add_decl_tag(btf, "tag", s, -1);
	btf__add_type_tag(btf, "rcu", i);
	btf__add_enum64(btf, "e64", 8, false);
	btf__add_enum64_value(btf, "B", UINT64_C(1) << 40);
	data = btf__raw_data(btf, &size);
	e = write_seed(folder, "btf", "every-kind", data, size);
	btf__free(btf);
	return e;
}

static struct err *ikconfig_seed(const char *folder)
{
	static const char config[] = "#\n# Automatically generated file; DO NOT EDIT.\n#\n"
				     "CONFIG_X86_64=y\n# CONFIG_IKCONFIG_PROC is not set\n";
	z_stream z = { .next_in = (Bytef *)(uintptr_t)config, .avail_in = sizeof(config) - 1 };
	char packed[512] = "IKCFG_ST";

	z.next_out = (Bytef *)packed + 8;
	z.avail_out = sizeof(packed) - 16;
	if (deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
	    deflate(&z, Z_FINISH) != Z_STREAM_END || deflateEnd(&z) != Z_OK)
		return err_new(ERR_SYSTEM, "zlib does not work");
	memcpy(packed + 8 + z.total_out, "IKCFG_ED", 8);
	return write_seed(folder, "ikconfig", "small", packed, 16 + z.total_out);
}

/* A small image of memory, of few pages: a fuzzer would waste its time on the content of many. */
static struct err *image_seed(const char *folder, const char *target, const char *name,
			      void (*write)(const struct dump *d))
{
	static const char map[] = "0x1000-0x3000\n0x5000-0x6000\n";
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = dump_file(&dir, name, map, write);
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	struct err *e = file_read(path, 1 << 20, &b);

	return e ? e : write_seed(folder, target, name, b.data, b.size);
}

static struct err *image_seeds(const char *folder)
{
	static const struct {
		const char *target, *name;
		void (*write)(const struct dump *d);
	} images[] = {
		{ "image", "elf", dump_elf },
		{ "image", "lime", dump_lime },
		{ "image", "avml", dump_avml },
		{ "image", "raw", dump_raw },
		{ "kdump_layout", "kdump", dump_kdump },
		{ "kdump_layout", "flattened", dump_kdump_flattened },
	};

	for (size_t i = 0; i < sizeof(images) / sizeof(*images); i++) {
		struct err *e = image_seed(folder, images[i].target, images[i].name, images[i].write);

		if (e)
			return e;
	}
	return NULL;
}

static struct err *record_seed(const char *folder)
{
	static const char record[] = "farwalk record 1"
				     "U\0\0\0\1\0\0\0x"
				     "L\0\0\0\x08\0\0\0\1\0\0\0\1\0\0\0"
				     "M\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0\0\0\0"
				     "N\0\0\0\2\0\0\0a\n"
				     "R\0\0\0\x14\0\0\0\0\1\0\0\0\0\0\0\4\0\0\0\0\0\0\0data"
				     "R\0\0\0\x10\0\0\0\0\2\0\0\0\0\0\0\4\0\0\0\2\0\0\0"
				     "D\0\0\0\x10\0\0\0\0\3\0\0\0\0\0\0\0\4\0\0\0\0\0\0";

	return write_seed(folder, "image", "record", record, sizeof(record) - 1);
}

static struct err *json_seeds(const char *folder)
{
	static const char json[] = "{\"return\": [{\"id\": \"ram\\u00e4\\n\", \"size\": 4294967296, "
				   "\"share\": true, \"x\": [-1.5e+3, null, {}]}], \"id\": 7}";
	static const char mtree[] =
		"FlatView #1\n AS \"memory\", root: system\n"
		"  0000000000000000-00000000000c2fff (prio 0, ram): ram\n"
		"  00000000000c3000-00000000000e7fff (prio 0, rom): ram @00000000000c3000 KVM\n"
		"  00000000b0000000-00000000bfffffff (prio 0, i/o): pcie-mmcfg-mmio\n\n";
	struct err *e = write_seed(folder, "json", "answer", json, sizeof(json) - 1);

	return e ? e : write_seed(folder, "json", "mtree", mtree, sizeof(mtree) - 1);
}

/* Entries of 12, 8 and 16 bytes; the names behind them. */
static struct err *exports_seed(const char *folder)
{
	static const char names[] = "add\0down\0init_net\0init_task\0jiffies\0kfree";
	uint8_t image[1024] = { 0 };
	uint64_t va = UINT64_C(0xffffffff81000000), value = 64, name = 512;

	memcpy(image + name, names, sizeof(names));
	for (uint32_t i = 0; i < 6; i++) {
		uint32_t here = 64 + 12 * i, there = 160 + 8 * i, offsets[4];
		uint64_t pointers[2] = { va + value, va + name };

		offsets[0] = (uint32_t)value - here;
		offsets[1] = (uint32_t)name - here - 4;
		offsets[2] = (uint32_t)value - there;
		offsets[3] = (uint32_t)name - there - 4;
		memcpy(image + here, offsets, 8);
		memcpy(image + there, offsets + 2, 8);
		memcpy(image + 256 + 16 * i, pointers, 16);
		name += strlen((char *)image + name) + 1;
	}
	return write_seed(folder, "exports", "shapes", image, sizeof(image));
}

/* The list's head, then one module with three symbols: see modules_fuzz.c. */
static struct err *modules_seed(const char *folder)
{
	static const char names[] = "\0\0\0\0\0\0\0\0one\0\0\0\0\0two\0\0\0\0\0three";
	uint64_t area = UINT64_C(0xffffffffc0000000), head = UINT64_C(0xffffffff81000000);
	uint8_t pages[0x2300] = { 0 };
	uint64_t list[2] = { area + 0x1008, area + 0x1008 }, module[3] = { 0, head, head };
	uint64_t tables[6] = { area + 0x1160, 0, area + 0x2000, 4, area + 0x2100, area + 0x2200 };

	memcpy(pages, list, sizeof(list));
	memcpy(pages + 0x1000, module, sizeof(module));
	memcpy(pages + 0x1018, "alpha", 5);
	memcpy(pages + 0x1150, tables, sizeof(tables));
	for (uint32_t i = 1; i < 4; i++) {
		uint64_t symbol[3] = { i * 8 | UINT64_C(0x12) << 32, area + 0x1000 + i * 16, 64 };

		memcpy(pages + 0x2000 + 24 * i, symbol, sizeof(symbol));
	}
	memcpy(pages + 0x2100, names, sizeof(names));
	memcpy(pages + 0x2200, "?tTd", 4);
	return write_seed(folder, "modules", "one-module", pages, sizeof(pages));
}

static struct err *kallsyms_seeds(const char *folder)
{
	/* 64-bit and 32-bit counts, each kind of address, both orders, no compression */
	static const size_t layouts[] = { 0, 2, 3, 6, 8, 10, 11, 13 };

	for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
		struct err *e = kallsyms_seed(folder, layouts[i]);

		if (e)
			return e;
	}
	return NULL;
}

static struct err *all_seeds(const char *folder)
{
	static struct err *(*const seeds[])(const char *folder) = {
		kallsyms_seeds, btf_seed, ikconfig_seed, exports_seed,
		modules_seed,	image_seeds, record_seed, json_seeds,
	};

	for (size_t i = 0; i < sizeof(seeds) / sizeof(*seeds); i++) {
		struct err *e = seeds[i](folder);

		if (e)
			return e;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return err_report(err_new(ERR_USAGE, "usage: seeds FOLDER"), "seeds");
	return err_report(all_seeds(argv[1]), "seeds");
}
