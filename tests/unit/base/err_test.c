#include "tests/lib/unit.h"

#include <errno.h>

static void context_comes_before_the_cause(void **state)
{
	struct err *e;

	(void)state;
	e = err_in(err_in(err_new(ERR_DATA, "need %d bytes", 4), "kallsyms_num_syms"), "host1");
	assert_string_equal(err_text(e), "host1: kallsyms_num_syms: need 4 bytes");
	assert_int_equal(err_code(e), ERR_DATA);
	err_discard(e);
}

static void success_stays_success(void **state)
{
	(void)state;
	assert_null(err_in(NULL, "context"));
	assert_int_equal(err_report(NULL, "test"), 0);
	err_discard(NULL);
}

static void errno_is_named(void **state)
{
	struct err *e;

	(void)state;
	errno = ENOENT;
	e = err_errno("%s", "/no/such/file");
	assert_string_equal(err_text(e), "/no/such/file: No such file or directory");
	assert_int_equal(err_code(e), ERR_SYSTEM);
	err_discard(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(context_comes_before_the_cause),
		cmocka_unit_test(success_stays_success),
		cmocka_unit_test(errno_is_named),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
