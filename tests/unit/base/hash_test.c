#include "tests/lib/unit.h"

#include "base/hash.h"

/* The vectors that the authors of SipHash-2-4 published: key 00 01 ... 0f, input 00 01 ... of each length. */
static void as_its_authors_say(void **state)
{
	static const uint64_t key[2] = { UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908) };
	static const struct {
		size_t size;
		uint64_t hash;
	} vectors[] = {
		{ 0, UINT64_C(0x726fdb47dd0e0e31) },
		{ 1, UINT64_C(0x74f839c593dc67fd) },
		{ 8, UINT64_C(0x93f5f5799a932462) },
		{ 15, UINT64_C(0xa129ca6149be45e5) },
	};
	unsigned char input[16];

	(void)state;
	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = (unsigned char)i;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++)
		assert_int_equal(hash_bytes_with(key, input, vectors[i].size), vectors[i].hash);
}

static void a_run_keeps_its_key(void **state)
{
	(void)state;
	assert_int_equal(hash_bytes("name", 4), hash_bytes("name", 4));
	assert_int_not_equal(hash_bytes("name", 4), hash_bytes("nam", 3));
	assert_int_equal(hash_u64(UINT64_C(0x6161616161616161)), hash_bytes("aaaaaaaa", 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_its_authors_say),
		cmocka_unit_test(a_run_keeps_its_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
