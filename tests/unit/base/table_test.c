#include "tests/lib/unit.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/table.h"

struct thing {
	struct table_key key;
	int value;
	char *owned;
};

static void thing_deinit(void *element)
{
	free(((struct thing *)element)->owned);
}

static struct thing *get(struct table *t, const char *name)
{
	return table_get(t, name, strlen(name), sizeof(struct thing));
}

static void elements_stay_where_they_are(void **state)
{
	struct table t = TABLE_INIT;
	struct thing *first = get(&t, "first");
	char name[16];

	(void)state;
	first->value = 1;
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		get(&t, name)->value = i;
	}
	assert_ptr_equal(get(&t, "first"), first);
	assert_int_equal(first->value, 1);
	assert_string_equal(first->key.name, "first");
	assert_int_equal(t.count, 5001);
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(((struct thing *)table_find(&t, name, strlen(name)))->value, i);
		assert_int_equal(((struct thing *)t.list[i + 1])->value, i);
	}
	get(&t, "owned")->owned = xstrdup("x");
	table_deinit(&t, thing_deinit);
	assert_int_equal(t.count, 0);
}

static void names_are_compared_whole(void **state)
{
	struct table t = TABLE_INIT;

	(void)state;
	assert_null(table_find(&t, "a", 1));
	get(&t, "ab")->value = 1;
	assert_null(table_find(&t, "a", 1));
	assert_null(table_find(&t, "abc", 3));
	assert_null(table_find(&t, "", 0));
	assert_non_null(table_find(&t, "abc", 2));
	table_get(&t, "a\0b", 3, sizeof(struct thing));
	assert_null(table_find(&t, "a\0c", 3));
	assert_non_null(table_find(&t, "a\0b", 3));
	table_deinit(&t, NULL);
}

/* --- names that a tenant chose ------------------------------------------------------------ */

#define NAMES 20000

/* The low 16 bits of FNV-1a (Fowler, Noll and Vo), which depend on nothing above them. With 20,000
 * names they are the slot of a table that uses this hash. */
static uint16_t fnv16(uint16_t hash, const char *name)
{
	for (; *name; name++)
		hash = (uint16_t)((hash ^ (unsigned char)*name) * 0x01b3u);
	return hash;
}

#define FNV16_START 0x2325

/* For each value that the hash may have: three letters behind which it is 0, or none. */
static void find_endings(char (*endings)[4])
{
	for (int i = 0; i < 64 * 64 * 64; i++) {
		char text[4] = { (char)('0' + i / 4096), (char)('0' + i / 64 % 64), (char)('0' + i % 64), 0 };
		uint16_t hash = 0;

		/* the way back from 0: multiplied by the inverse of 0x1b3, the last letter first */
		for (int k = 2; k >= 0; k--)
			hash = (uint16_t)((uint16_t)(hash * 0x957bu) ^ (unsigned char)text[k]);
		memcpy(endings[hash], text, sizeof(text));
	}
}

/* NAMES names with one and the same FNV-1a in its low 16 bits. */
static void add_hostile_names(struct table *t)
{
	char (*endings)[4] = xcalloc(1 << 16, sizeof(*endings));
	char name[32];

	find_endings(endings);
	for (int i = 0; t->count < NAMES; i++) {
		int n = snprintf(name, sizeof(name), "proc%d", i);
		const char *ending = endings[fnv16(FNV16_START, name)];

		if (!*ending)
			continue;
		memcpy(name + n, ending, 4);
		assert_int_equal(fnv16(FNV16_START, name), 0);
		get(t, name);
	}
	free(endings);
}

/* How many slots are looked at to find each name once. */
static size_t slots_looked_at(const struct table *t)
{
	const struct map *m = &t->by_hash;
	size_t slots = 0;

	for (size_t i = 0; i < m->capacity; i++)
		if (m->entries[i].used)
			slots += 1 + ((i - hash_u64(m->entries[i].key)) & (m->capacity - 1));
	return slots;
}

/* Every name's hash is its own: no name is compared with another one. */
static void assert_hashes_differ(const struct table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct table_key *key = t->list[i];
		const uint64_t *at = map_find(&t->by_hash, hash_bytes(key->name, key->size));

		assert_non_null(at);
		assert_int_equal(*at, i);
	}
}

/* How many values the low 16 bits of the names' hashes have. */
static size_t low_hashes(const struct table *t)
{
	bool *seen = xcalloc(1 << 16, sizeof(*seen));
	size_t count = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct table_key *key = t->list[i];
		bool *one = &seen[hash_bytes(key->name, key->size) & 0xffff];

		count += !*one;
		*one = true;
	}
	free(seen);
	return count;
}

static void chosen_names_cost_no_more_than_others(void **state)
{
	struct table hostile = TABLE_INIT, plain = TABLE_INIT;
	char name[32];

	(void)state;
	add_hostile_names(&hostile);
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "option_%d", i);
		get(&plain, name);
	}
	assert_hashes_differ(&hostile);
	assert_hashes_differ(&plain);
	/* 17,200 when they are as good as random; with FNV-1a one */
	assert_true(low_hashes(&plain) > 16000);
	assert_true(low_hashes(&hostile) > 16000);
	/* at most half full, a look-up takes one slot and a half on average; in one slot, NAMES / 2 */
	assert_true(slots_looked_at(&plain) < 2 * NAMES);
	assert_true(slots_looked_at(&hostile) < 2 * NAMES);
	table_deinit(&hostile, NULL);
	table_deinit(&plain, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_stay_where_they_are),
		cmocka_unit_test(names_are_compared_whole),
		cmocka_unit_test(chosen_names_cost_no_more_than_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
