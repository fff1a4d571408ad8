#include "tests/lib/unit.h"

#include <sys/mman.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "offsets/constants.h"
#include "offsets/probe_source.h"
#include "tests/lib/object.h"

static char *compile(const struct scratch *dir, const char *source)
{
	return object_compile(dir, "numbers", "gcc", source);
}

static void assert_value(const struct constants *c, const char *name, bool negative, uint64_t bits)
{
	struct layout_value v;

	assert_ok(constants_value(c, name, &v));
	assert_true(v.have);
	assert_int_equal(v.negative, negative);
	assert_int_equal(v.bits, bits);
}

static void numbers(void **state)
{
	static const char *const expressions[] = {
		"0", "1", "-1", "0x7fffffffffffffffL", "-0x7fffffffffffffffL - 1",
		"0xffffffffffffffffUL", "1UL << 40", "(signed char)-3", "sizeof(long[7])", "(char)'a'",
	};
	static const struct {
		bool negative;
		uint64_t bits;
	} expected[] = {
		{ false, 0 }, { false, 1 }, { true, UINT64_MAX }, { false, INT64_MAX },
		{ true, UINT64_C(1) << 63 }, { false, UINT64_MAX }, { false, UINT64_C(1) << 40 },
		{ true, (uint64_t)-3 }, { false, 56 }, { false, 'a' },
	};
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(constants_freep) struct constants *c = NULL;
	CLEANUP(buf_deinit) struct buf source = BUF_INIT;
	struct layout_value v;
	uint64_t number;

	(void)state;
	for (size_t i = 0; i < 10; i++) {
		CLEANUP(free_ptr) char *name = xasprintf("N%zu", i);

		probe_source_number(&source, name, expressions[i]);
	}
	CLEANUP(free_ptr) char *path = compile(&dir, buf_str(&source));

	assert_non_null(path);
	assert_ok(constants_read(path, &c));
	for (size_t i = 0; i < 10; i++) {
		CLEANUP(free_ptr) char *name = xasprintf("N%zu", i);

		assert_value(c, name, expected[i].negative, expected[i].bits);
	}
	assert_ok(constants_value(c, "N10", &v));
	assert_false(v.have);
	assert_ok(constants_u64(c, "N8", &number));
	assert_int_equal(number, 56);
	assert_err(constants_u64(c, "N2", &number), ERR_DATA, "the number N2 is negative");
	assert_err(constants_u64(c, "N10", &number), ERR_DATA, "the number N10 is missing");
}

/* Only integer constant expressions may compile: anything else would be read as 0. */
static void no_constants(void **state)
{
	static const char *const expressions[] = {
		"variable", "&variable", "(unsigned long)&variable", "function()", "1.5", "undeclared", "",
	};
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();

	(void)state;
	for (size_t i = 0; i < sizeof(expressions) / sizeof(*expressions); i++) {
		CLEANUP(buf_deinit) struct buf source = BUF_INIT;

		buf_add_str(&source, "extern int variable; int function(void);\n");
		probe_source_number(&source, "N", expressions[i]);
		CLEANUP(free_ptr) char *gcc = object_compile(&dir, "a", "gcc", buf_str(&source));
		CLEANUP(free_ptr) char *clang = object_compile(&dir, "b", "clang", buf_str(&source));

		assert_null(gcc);
		assert_null(clang);
	}
}

static void bits(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(constants_freep) struct constants *c = NULL;
	CLEANUP(free_ptr) char *path = compile(&dir,
		"struct s { long a; unsigned b:3, c:17; _Bool d:1; signed e:4; };\n"
		"union u { struct s s; char bytes[sizeof(struct s)]; };\n"
		"const union u farwalk_bits_b = { { .b = -1 } };\n"
		"const union u farwalk_bits_c = { { .c = -1 } };\n"
		"const union u farwalk_bits_d = { { .d = -1 } };\n"
		"const union u farwalk_bits_e = { { .e = -1 } };\n"
		"const union u farwalk_bits_apart = { { .b = -1, .d = 1 } };\n"
		"const union u farwalk_bits_none = { { .a = 0 } };\n"
		"char farwalk_bits_bss[100];\n");
	static const struct {
		const char *name;
		uint64_t offset, width;
	} expected[] = { { "b", 64, 3 }, { "c", 67, 17 }, { "d", 84, 1 }, { "e", 85, 4 } };
	uint64_t offset, width;

	(void)state;
	assert_ok(constants_read(path, &c));
	for (size_t i = 0; i < 4; i++) {
		assert_ok(constants_bits(c, expected[i].name, &offset, &width));
		assert_int_equal(offset, expected[i].offset);
		assert_int_equal(width, expected[i].width);
	}
	assert_err(constants_bits(c, "apart", &offset, &width), ERR_DATA, "apart from each other");
	assert_err(constants_bits(c, "none", &offset, &width), ERR_DATA, "all zero");
	assert_err(constants_bits(c, "bss", &offset, &width), ERR_DATA, "all zero");
	assert_err(constants_bits(c, "other", &offset, &width), ERR_DATA, "missing");
}

static void refused(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *text = scratch_file(&dir, "text", "no object");
	CLEANUP(free_ptr) char *shape = object_compile(&dir, "shape", "gcc",
		"const unsigned long long farwalk_number_N[3] = { 1, 0, 0 };\n"
		"const unsigned long long farwalk_number_M[2] = { 1, 2 };");
	CLEANUP(free_ptr) char *outside = object_compile(&dir, "outside", "gcc",
		"extern int farwalk_number_N; int *p = &farwalk_number_N;");
	CLEANUP(constants_freep) struct constants *c = NULL;
	struct constants *none = NULL;
	struct layout_value v;

	(void)state;
	assert_err(constants_read("/nonexistent", &none), ERR_SYSTEM, "/nonexistent");
	assert_err(constants_read(text, &none), ERR_DATA, "no ELF object");
	assert_err(constants_read(outside, &none), ERR_DATA, "farwalk_number_N: is not in a section");
	assert_ok(constants_read(shape, &c));
	assert_err(constants_value(c, "N", &v), ERR_DATA, "is not of the shape of one");
	assert_err(constants_value(c, "M", &v), ERR_DATA, "is not of the shape of one");
	assert_err(constants_read("/proc/self/exe", &none), ERR_DATA, "not a relocatable object");
}

/* A changed byte makes other numbers or an error. */
static void damaged(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = compile(&dir,
		"const unsigned long long farwalk_number_N[2] = { 5, 0 };\n"
		"char farwalk_bits_bss[100];\n");
	CLEANUP(buf_deinit) struct buf bytes = BUF_INIT;
	CLEANUP(close_fd) int fd = memfd_create("damaged.o", MFD_CLOEXEC);
	CLEANUP(free_ptr) char *damaged_path = xasprintf("/proc/self/fd/%d", fd);

	(void)state;
	assert_ok(file_read(path, 1 << 20, &bytes));
	for (size_t i = 0; i < bytes.size; i++) {
		CLEANUP(constants_freep) struct constants *c = NULL;
		struct layout_value v;
		struct err *e;

		bytes.data[i] = (char)~bytes.data[i];
		assert_int_equal(pwrite(fd, bytes.data, bytes.size, 0), bytes.size);
		bytes.data[i] = (char)~bytes.data[i];
		e = constants_read(damaged_path, &c);
		if (!e)
			e = constants_value(c, "N", &v);
		err_discard(e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers), cmocka_unit_test(no_constants), cmocka_unit_test(bits),
		cmocka_unit_test(refused), cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
