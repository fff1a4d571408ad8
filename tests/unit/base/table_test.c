#include "tests/lib/unit.h"

#include "base/alloc.h"
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_stay_where_they_are),
		cmocka_unit_test(names_are_compared_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
