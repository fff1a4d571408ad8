#include "tests/lib/unit.h"

#include "recover/parse/modules.h"
#include "tests/lib/text_memory.h"

/* Tables of 4 levels: the list's head at 0x10000, two modules of 4 pages each at 0x20000. */
#define HEAD UINT64_C(0xffffffff81000000)
#define ALPHA UINT64_C(0xffffffffc0000000)
#define BETA UINT64_C(0xffffffffc0004000)
#define LIST 8

static const char tables[] = "ram 0x0-0x40000\n"
			     "0x1000[511]: u64 0x2063\n"
			     "0x2000[510]: u64 0x5063 0x3063\n"
			     "0x3000[0]: u64 0x4063\n"
			     "0x5000[8]: u64 0x6063\n"
			     "0x6000[0]: u64 0x8000000000010163\n";

/* A module at page `page` from 0x20000 on, with three symbols. typed: it has a typetab. */
static void put_module(struct memory *m, unsigned int page, const char *name, uint64_t next,
		       uint64_t prev, bool typed)
{
	uint64_t pa = 0x20000 + page * PAGE_SIZE, va = ALPHA + page * PAGE_SIZE;

	text_memory_putf(m, "0x%lx: u64 0 0x%lx 0x%lx\n0x%lx: string \"%s\"\n", pa, next, prev,
			 pa + 24, name);
	text_memory_putf(m, "0x%lx: u64 0x%lx 0 0x%lx 4 0x%lx 0x%lx\n", pa + 0x150, va + 0x160,
			 va + 0x1000, va + 0x2000, typed ? va + 0x3000 : 0);
	/* st_name, st_info, st_other, st_shndx (0), st_value, st_size */
	for (uint64_t i = 1; i < 4; i++)
		text_memory_putf(m, "0x%lx: u32 %lu 0x%x\n0x%lx: u64 0x%lx 64\n",
				 pa + 0x1000 + i * 24, i * 8, typed ? 0x12 : (unsigned)'s' + (unsigned)i,
				 pa + 0x1000 + i * 24 + 8, va + i * 16);
	text_memory_putf(m, "0x%lx: string \"one\"\n0x%lx: string \"two\"\n0x%lx: string \"three\"\n",
			 pa + 0x2008, pa + 0x2010, pa + 0x2018);
	text_memory_putf(m, "0x%lx: string \"?tTd\"\n", pa + 0x3000);
}

static struct memory *two_modules(void)
{
	struct memory *m = text_memory(tables);

	for (unsigned int i = 0; i < 8; i++)
		text_memory_putf(m, "0x4000[%u]: u64 0x%x\n", i, 0x20163 + i * 0x1000);
	text_memory_putf(m, "0x10000: u64 0x%lx 0x%lx\n", ALPHA + LIST, BETA + LIST);
	put_module(m, 0, "alpha", BETA + LIST, HEAD, true);
	put_module(m, 4, "beta", HEAD, ALPHA + LIST, false);
	return m;
}

static struct err *find(struct memory *m, struct buf *b, size_t *modules)
{
	struct xlat x = { m, PADDR(0x1000), 4, 0 };

	return modules_symbols(&x, KADDR(HEAD), b, modules);
}

static void symbols_are_as_proc_has_them(void **state)
{
	CLEANUP(memory_closep) struct memory *m = two_modules();
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	size_t modules;

	(void)state;
	assert_ok(find(m, &b, &modules));
	assert_int_equal(modules, 2);
	assert_string_equal(buf_str(&b), "ffffffffc0000010 t one\t[alpha]\n"
					 "ffffffffc0000020 T two\t[alpha]\n"
					 "ffffffffc0000030 d three\t[alpha]\n"
					 "ffffffffc0004010 t one\t[beta]\n"
					 "ffffffffc0004020 u two\t[beta]\n"
					 "ffffffffc0004030 v three\t[beta]\n");
}

/* 5.0: the type is in st_size. */
static void the_type_may_be_the_size(void **state)
{
	CLEANUP(memory_closep) struct memory *m = two_modules();
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	size_t modules;

	(void)state;
	text_memory_put(m, "0x2501c: u32 0x12\n0x25028: u64 0x72\n");
	assert_ok(find(m, &b, &modules));
	assert_non_null(strstr(buf_str(&b), "ffffffffc0004010 r one\t[beta]\n"));
}

static void no_module_is_no_error(void **state)
{
	CLEANUP(memory_closep) struct memory *m = two_modules();
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	size_t modules;

	(void)state;
	text_memory_putf(m, "0x10000: u64 0x%lx 0x%lx\n", HEAD, HEAD);
	assert_ok(find(m, &b, &modules));
	assert_int_equal(modules, 0);
	assert_int_equal(b.size, 0);
}

static void one_that_is_not_formed_yet_is_passed_over(void **state)
{
	CLEANUP(memory_closep) struct memory *m = two_modules();
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	size_t modules;

	(void)state;
	text_memory_put(m, "0x20000: u32 3\n0x20150: u64 0\n");
	assert_ok(find(m, &b, &modules));
	assert_null(strstr(buf_str(&b), "alpha"));
	assert_non_null(strstr(buf_str(&b), "beta"));
}

/* The error names the broken module. The other one is read all the same, if the list still leads to it. */
static void what_is_broken_is_named(void **state)
{
	static const struct {
		const char *change, *words;
		bool others;
	} bad[] = {
		{ "0x10000: u64 0xffff888000001008\n", "0xffff888000001008 behind 0 of them is none", false },
		{ "0x20008: u64 0xffffffffc0000008\n", "module alpha: does not point back", true },
		{ "0x20008: u64 0\n", "modules: 0x0 behind 1 of them is none", true },
		{ "0x24010: u64 0\n", "module beta: does not point back", true },
		{ "0x24018: u64 0\n", "module at 0xffffffffc0004000: has no name", true },
		{ "0x24018: string \"../x\"\n", "has no name", true },
		{ "0x4000[4]: u64 0\n", "module at 0xffffffffc0004000: not in memory", true },
		{ "0x24150: u64 0\n", "module beta: no table of symbols", true },
		{ "0x24168: u64 0\n", "module beta: no table of symbols", true },
		{ "0x24168: u64 0xffffffff\n", "module beta: no table of symbols", true },
		{ "0x24168: u64 0x100000004\n", "module beta: no table of symbols", true },
		{ "0x25000: u64 1\n", "module beta: no table of symbols", true },
		{ "0x24168: u64 0x4000\n", "module beta: symbols: of 393216 bytes", true },
		{ "0x25018: u32 0xffffffff\n", "module beta: names: more than", true },
		{ "0x25018: u32 0x8000\n", "module beta: names: at 0xffffffffc0006000", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CLEANUP(memory_closep) struct memory *m = two_modules();
		CLEANUP(buf_deinit) struct buf b = BUF_INIT;
		size_t modules;

		text_memory_put(m, bad[i].change);
		assert_err(find(m, &b, &modules), ERR_DATA, bad[i].words);
		assert_int_equal(!!strstr(buf_str(&b), "three\t[alpha]\n"), bad[i].others);
		assert_null(strstr(buf_str(&b), "[beta]"));
	}
}

static void a_list_without_end_ends(void **state)
{
	CLEANUP(memory_closep) struct memory *m = two_modules();
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	size_t modules;

	(void)state;
	/* alpha and beta lead to each other, and never back to the head */
	text_memory_putf(m, "0x24008: u64 0x%lx\n", ALPHA + LIST);
	assert_err(find(m, &b, &modules), ERR_DATA, "module alpha: does not point back");
	assert_int_equal(modules, 2);
}

static void names_are_printable(void **state)
{
	CLEANUP(memory_closep) struct memory *m = two_modules();
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	size_t modules;

	(void)state;
	text_memory_put(m, "0x22008: u8 0x1b 0x5b 0x32 0x4a 0\n0x22010: string \"a b\"\n0x22018: u8 0\n");
	assert_ok(find(m, &b, &modules));
	assert_null(strstr(buf_str(&b), "[alpha]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(symbols_are_as_proc_has_them),
		cmocka_unit_test(the_type_may_be_the_size),
		cmocka_unit_test(no_module_is_no_error),
		cmocka_unit_test(one_that_is_not_formed_yet_is_passed_over),
		cmocka_unit_test(what_is_broken_is_named),
		cmocka_unit_test(a_list_without_end_ends),
		cmocka_unit_test(names_are_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
