#include "tests/lib/unit.h"

#include "recover/parse/build_id.h"

static struct err *find(const void *bytes, size_t size, struct buf *b)
{
	struct view v = view_of(bytes, size, 0x1000);

	return build_id_find(&v, b);
}

#define NOTE(name_size, text_size, type, rest) \
	name_size "\0\0\0" text_size "\0\0\0" type "\0\0\0" rest

static const char other[] = NOTE("\4", "\5", "\6", "Xen\0abcde\0\0\0");
static const char linux_note[] = NOTE("\6", "\4", "\1", "Linux\0\0\0vers");

static void the_build_id_among_notes(void **state)
{
	static const char notes[] = NOTE("\4", "\5", "\6", "Xen\0abcde\0\0\0")
				    NOTE("\6", "\4", "\1", "Linux\0\0\0vers")
				    NOTE("\4", "\3", "\3", "GNU\0\xeb\x4f\x01");
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	(void)state;
	/* the last note is not padded */
	assert_ok(find(notes, sizeof(notes) - 1, &b));
	assert_string_equal(buf_str(&b), "eb4f01");
}

static void no_build_id(void **state)
{
	static const char type[] = NOTE("\4", "\4", "\1", "GNU\0abcd");
	static const char name[] = NOTE("\4", "\4", "\3", "GNUXabcd");
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	(void)state;
	assert_err(find("", 0, &b), ERR_ABSENT, "ELF notes: no build id");
	assert_err(find("\4\0\0", 3, &b), ERR_ABSENT, "no build id");
	assert_err(find(other, sizeof(other) - 1, &b), ERR_ABSENT, "no build id");
	assert_err(find(linux_note, sizeof(linux_note) - 1, &b), ERR_ABSENT, "no build id");
	assert_err(find(type, sizeof(type) - 1, &b), ERR_ABSENT, "no build id");
	assert_err(find(name, sizeof(name) - 1, &b), ERR_ABSENT, "no build id");
	assert_int_equal(b.size, 0);
}

static void damaged_notes(void **state)
{
	static const char cut[] = NOTE("\4", "\x14", "\3", "GNU\0abcd");
	static const char empty[] = NOTE("\4", "\0", "\3", "GNU\0");
	static const char long_name[] = "\xff\xff\xff\xff\4\0\0\0\3\0\0\0GNU";
	static const char long_text[] = "\4\0\0\0\xff\xff\xff\xff\3\0\0\0GNU";
	char large[12 + 4 + 65] = NOTE("\4", "A", "\3", "GNU\0");
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	(void)state;
	assert_err(find(cut, sizeof(cut) - 1, &b), ERR_DATA, "need 20 bytes");
	assert_err(find(empty, sizeof(empty) - 1, &b), ERR_DATA, "a build id of 0 bytes");
	assert_err(find(large, sizeof(large), &b), ERR_DATA, "a build id of 65 bytes");
	assert_err(find(long_name, sizeof(long_name), &b), ERR_DATA, "ELF notes: at 0x100c");
	assert_err(find(long_text, sizeof(long_text), &b), ERR_DATA, "ELF notes: at 0x1010");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_build_id_among_notes),
		cmocka_unit_test(no_build_id),
		cmocka_unit_test(damaged_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
