#include "tests/lib/unit.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "recover/parse/exports.h"

#define VA UINT64_C(0xffffffff9a200000)
#define SIZE ((size_t)65536)
#define TABLE ((size_t)0x4000)
#define STRINGS ((size_t)0x8000)

enum shape { NAME_SPACE, RELATIVE, POINTERS, SHAPES };

static const unsigned int strides[] = { 12, 8, 16 };

/* By name, as the linker sorts them. The address of each follows from its place in this list. */
static const char *const exported[] = {
	"__per_cpu_offset", "_copy_from_user", "add_wait_queue", "init_net",	    "init_pid_ns",
	"init_task",	    "jiffies",	       "kfree",		 "page_offset_base", "schedule",
};
#define EXPORTED (sizeof(exported) / sizeof(*exported))

static uint64_t place_of(size_t i)
{
	return 0x1000 + 0x100 * i;
}

static void put(uint8_t *image, size_t at, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		image[at + i] = (uint8_t)(value >> (8 * i));
}

static void put_entry(uint8_t *image, enum shape shape, size_t at, uint64_t value, uint64_t name)
{
	if (shape == POINTERS) {
		put(image, at, VA + value, 8);
		put(image, at + 8, VA + name, 8);
	} else {
		put(image, at, value - at, 4);
		put(image, at + 4, name - at - 4, 4);
	}
}

/* order: of the names in the table; NULL: as they are listed. */
static uint8_t *image_of(enum shape shape, const size_t *order)
{
	uint8_t *image = xcalloc(1, SIZE);
	size_t name = STRINGS;

	for (size_t i = 0; i < EXPORTED; i++) {
		size_t which = order ? order[i] : i;

		strcpy((char *)image + name, exported[which]);
		put_entry(image, shape, TABLE + i * strides[shape], place_of(which), name);
		name += strlen(exported[which]) + 1;
	}
	return image;
}

static const char *const wanted[] = { "page_offset_base", "init_task", "vmemmap_base", "init_net" };
#define WANTED (sizeof(wanted) / sizeof(*wanted))

static size_t find(const uint8_t *image, size_t size, struct kaddr *ret)
{
	return exports_find(image, size, KADDR(VA), wanted, WANTED, ret);
}

static void every_shape_is_read(void **state)
{
	(void)state;
	for (enum shape shape = 0; shape < SHAPES; shape++) {
		CLEANUP(free_ptr) uint8_t *image = image_of(shape, NULL);
		struct kaddr at[WANTED];

		assert_int_equal(find(image, SIZE, at), 3);
		assert_true(at[0].v == VA + place_of(8));
		assert_true(at[1].v == VA + place_of(5));
		assert_true(at[2].v == 0);
		assert_true(at[3].v == VA + place_of(3));
	}
}

/* Instead of keeping a string the linker may point to the end of a longer one. */
static void a_name_may_be_the_end_of_another(void **state)
{
	CLEANUP(free_ptr) uint8_t *image = image_of(NAME_SPACE, NULL);
	struct kaddr at[WANTED];

	(void)state;
	strcpy((char *)image + 0x9000, "copy_of_init_task");
	put_entry(image, NAME_SPACE, TABLE + 5 * 12, place_of(5), 0x9008);
	assert_int_equal(find(image, SIZE, at), 3);
	assert_true(at[1].v == VA + place_of(5));
}

static void without_order_it_is_no_table(void **state)
{
	static const size_t mixed[EXPORTED] = { 5, 0, 8, 1, 3, 2, 9, 4, 7, 6 };

	(void)state;
	for (enum shape shape = 0; shape < SHAPES; shape++) {
		CLEANUP(free_ptr) uint8_t *image = image_of(shape, mixed);
		struct kaddr at[WANTED];

		assert_int_equal(find(image, SIZE, at), 0);
	}
}

static void two_that_contradict_each_other_are_none(void **state)
{
	CLEANUP(free_ptr) uint8_t *image = image_of(NAME_SPACE, NULL);
	CLEANUP(free_ptr) uint8_t *other = image_of(NAME_SPACE, NULL);
	struct kaddr at[WANTED];

	(void)state;
	/* the same table again, but with another place for one variable */
	memcpy(image + 0xa000, other + TABLE, EXPORTED * 12);
	for (size_t i = 0, name = STRINGS; i < EXPORTED; i++) {
		put_entry(image, NAME_SPACE, 0xa000 + i * 12, place_of(i) + (i == 5 ? 8 : 0), name);
		name += strlen(exported[i]) + 1;
	}
	assert_int_equal(find(image, SIZE, at), 2);
	assert_true(at[1].v == 0);
	assert_true(at[0].v == VA + place_of(8));
}

static void what_leads_out_of_the_image_is_none(void **state)
{
	(void)state;
	for (enum shape shape = 0; shape < SHAPES; shape++) {
		CLEANUP(free_ptr) uint8_t *image = image_of(shape, NULL);
		struct kaddr at[WANTED];

		put_entry(image, shape, TABLE + 5 * strides[shape], SIZE, STRINGS);
		find(image, SIZE, at);
		assert_true(at[1].v == 0);
		put_entry(image, shape, TABLE + 5 * strides[shape], 0, SIZE - 1);
		find(image, SIZE, at);
		assert_true(at[1].v == 0);
		put_entry(image, shape, TABLE + 5 * strides[shape], 0, SIZE + 1);
		find(image, SIZE, at);
		assert_true(at[1].v == 0);
	}
}

static void any_end_is_an_end(void **state)
{
	(void)state;
	for (enum shape shape = 0; shape < SHAPES; shape++) {
		CLEANUP(free_ptr) uint8_t *image = image_of(shape, NULL);

		for (size_t size = 0; size < STRINGS + 200; size += size < TABLE ? 509 : 3) {
			CLEANUP(free_ptr) uint8_t *part = xmalloc(size + 1);
			struct kaddr at[WANTED];

			memcpy(part, image, size);
			part = xrealloc(part, size ? size : 1, 1);
			assert_true(find(part, size, at) <= 3);
		}
	}
}

static void noise_is_no_table(void **state)
{
	CLEANUP(free_ptr) uint8_t *image = xcalloc(1, SIZE);
	struct kaddr at[WANTED];

	(void)state;
	assert_int_equal(find(image, SIZE, at), 0);
	memset(image, 0xff, SIZE);
	assert_int_equal(find(image, SIZE, at), 0);
	memset(image, 'i', SIZE);
	assert_int_equal(find(image, SIZE, at), 0);
	srand(1);
	for (size_t i = 0; i < SIZE; i++)
		image[i] = (uint8_t)rand();
	assert_int_equal(find(image, SIZE, at), 0);
	assert_int_equal(exports_find(image, SIZE, KADDR(VA), NULL, 0, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_shape_is_read),
		cmocka_unit_test(a_name_may_be_the_end_of_another),
		cmocka_unit_test(without_order_it_is_no_table),
		cmocka_unit_test(two_that_contradict_each_other_are_none),
		cmocka_unit_test(what_leads_out_of_the_image_is_none),
		cmocka_unit_test(any_end_is_an_end),
		cmocka_unit_test(noise_is_no_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
