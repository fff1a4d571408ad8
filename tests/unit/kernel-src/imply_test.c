#include "tests/lib/unit.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "kernel-src/kconfig/imply.h"
#include "kernel-src/kconfig/kconfig.h"

/* known: as "A=y B=n C=my"; expected: what has to follow, in the same form, "ny" for an option that
 * stays open. */
static void check_text(const char *text, size_t size, const char *known, const char *expected)
{
	CLEANUP(kconfig_freep) struct kconfig *k = kconfig_new();
	CLEANUP(imply_freep) struct imply *m = NULL;
	CLEANUP(buf_deinit) struct buf found = BUF_INIT;

	assert_ok(kconfig_add_text(k, text, size));
	m = imply_new(k);
	for (const char *at = known; *at; at += strspn(at, " ")) {
		const char *equals = strchr(at, '=');
		size_t n = strcspn(equals, " ");
		CLEANUP(free_ptr) char *name = xstrndup(at, (size_t)(equals - at));
		unsigned int values = 0;

		for (size_t i = 1; i < n; i++)
			values |= equals[i] == 'y' ? VALUE_Y : equals[i] == 'm' ? VALUE_M : VALUE_N;
		imply_set(m, name, values);
		at = equals + n;
	}
	imply_run(m);
	for (const char *at = expected; *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, "=");
		const struct kconfig_option *o = kconfig_find(k, at, n);
		unsigned int values = o ? imply_values(m, o->index) : 0;

		buf_addf(&found, "%s%.*s=%s%s%s", found.size ? " " : "", (int)n, at, values & VALUE_N ? "n" : "",
			 values & VALUE_M ? "m" : "", values & VALUE_Y ? "y" : "");
		at += strcspn(at, " ");
	}
	assert_string_equal(buf_str(&found), expected);
	buf_clear(&found);
	imply_contradictions(m, &found);
	assert_string_equal(buf_str(&found), "");
}

#define check(text, known, expected) check_text(text, sizeof(text) - 1, known, expected)

static void what_is_on_needs_what_it_depends_on(void **state)
{
	(void)state;
	check("config MENU\n\tbool \"m\"\nif MENU\nconfig A\n\tbool \"a\"\n\tdepends on B && !C\nendif\n"
	      "config B\n\ttristate \"b\"\nconfig C\n\tbool \"c\"\n", "A=y", "MENU=y B=my C=n");
	check("config B\n\ttristate \"b\"\nconfig A\n\ttristate \"a\"\n\tdepends on B\n", "A=y", "B=y");
	check("config B\n\ttristate \"b\"\nconfig A\n\ttristate \"a\"\n\tdepends on B\n", "A=m", "B=my");
	check("menu \"m\"\n\tdepends on B\nconfig A\n\tbool \"a\"\nendmenu\nconfig B\n\tbool \"b\"\n", "A=y", "B=y");
	check("config A\n\tbool \"a\"\n\tdepends on B || C\nconfig B\n\tbool \"b\"\nconfig C\n\tbool \"c\"\n",
	      "A=y B=n", "C=y");
	check("config A\n\tbool \"a\"\n\tdepends on B || \\\n\t\tC\nconfig B\n\tbool \"b\"\nconfig C\n\tbool \"c\"\n",
	      "A=y", "B=ny C=ny");
}

static void what_depends_on_something_off_is_off(void **state)
{
	(void)state;
	check("config A\n\tbool \"a\"\n\tdepends on B\nconfig B\n\tbool \"b\"\n", "B=n", "A=n");
	check("config A\n\ttristate \"a\"\n\tdepends on B\nconfig B\n\ttristate \"b\"\n", "B=m", "A=nm");
	/* but it may be selected */
	check("config A\n\tbool \"a\"\n\tdepends on B\nconfig B\n\tbool \"b\"\nconfig S\n\tbool \"s\"\n\tselect A\n",
	      "B=n", "A=ny S=ny");
	/* an option that the tree mentions and does not have is off */
	check("config A\n\tbool \"a\"\n\tdepends on NOWHERE\n", "", "A=n");
	check("config A\n\tbool \"a\"\nif B\nconfig A\n\tbool\nendif\nconfig B\n\tbool \"b\"\n", "B=n", "A=ny");
}

static void selecting(void **state)
{
	static const char text[] = "config S\n\ttristate \"s\"\n\tselect A if C\nconfig C\n\tbool \"c\"\n"
				   "config A\n\tbool\nconfig T\n\tbool \"t\"\n\tselect A\n";

	(void)state;
	check(text, "S=m C=y", "A=y");
	check(text, "S=m", "A=ny");
	check(text, "A=n C=y", "S=n T=n");
	check(text, "A=y T=n", "S=my C=y");
	check(text, "A=y", "S=nmy T=ny");
	check(text, "C=n T=n", "A=n");
}

static void what_nobody_can_choose(void **state)
{
	(void)state;
	check("config A\n\tdef_bool y\n\tdepends on B\nconfig B\n\tbool \"b\"\n", "B=y", "A=y");
	check("config A\n\tdef_bool y\n\tdepends on B\nconfig B\n\tbool \"b\"\n", "A=n", "B=n");
	check("config A\n\tbool\n\tdefault n if B\n\tdefault y\nconfig B\n\tbool \"b\"\n", "B=n", "A=y");
	check("config A\n\tbool\n\tdefault n if B\n\tdefault y\nconfig B\n\tbool \"b\"\n", "B=y", "A=n");
	check("config A\n\tbool\n\tdefault n if B\n\tdefault y\nconfig B\n\tbool \"b\"\n", "A=y", "B=n");
	/* a default proves something only where nobody can change it */
	check("config A\n\tbool \"a\" if B\n\tdefault y\nconfig B\n\tbool \"b\"\n", "B=y", "A=ny");
	check("config A\n\tbool \"a\" if B\n\tdefault y\nconfig B\n\tbool \"b\"\n", "B=n", "A=y");
	check("config A\n\tbool\nconfig B\n\tbool \"b\"\n\timply A\n", "", "A=ny");
	check("config A\n\tdef_bool $(cc-option,-mfoo \"x)\")\n", "", "A=ny");
	check("config A\n\tdef_bool B = y\nconfig B\n\ttristate \"b\"\n", "A=y", "B=y");
	check("config A\n\tdef_bool B != n\nconfig B\n\ttristate \"b\"\n", "A=n", "B=n");
	check("config A\n\tbool \"a\"\n\tdepends on C if B\nconfig B\n\tbool \"b\"\nconfig C\n\tbool \"c\"\n",
	      "A=y B=y", "C=y");
}

static void modules_and_choices(void **state)
{
	static const char choice[] = "choice\n\tprompt \"which\"\n\tdepends on D\nconfig A\n\tbool \"a\"\n"
				     "config B\n\tbool \"b\"\nconfig C\n\tbool \"c\"\nendchoice\n"
				     "config D\n\tbool \"d\"\n";

	(void)state;
	check("config MODULES\n\tbool \"m\"\n\tmodules\nconfig A\n\ttristate \"a\"\n\tdepends on B\n"
	      "config B\n\ttristate \"b\"\n", "MODULES=n A=my", "A=y B=y");
	check(choice, "B=y", "A=n C=n D=y");
	check(choice, "D=y A=n C=n", "B=y");
	check(choice, "A=n C=n", "B=ny");
	check(choice, "D=n", "A=n B=n C=n");
	check("choice\n\tprompt \"which\"\nconfig A\n\tbool \"a\"\nconfig B\n\tbool \"b\"\nendchoice\n"
	      "config S\n\tbool \"s\"\n\tselect A\n", "S=y B=y", "A=n");
	/* an option below a member of a choice; a choice of tristates, of which several may be m */
	check("choice\n\tprompt \"which\"\nconfig A\n\tbool \"a\"\nconfig A_MORE\n\tbool \"more\"\n\tdepends on A\n"
	      "config B\n\tbool \"b\"\nendchoice\n", "A=y A_MORE=y", "B=n");
	check("choice\n\tprompt \"which\"\nconfig A\n\ttristate \"a\"\nconfig B\n\ttristate \"b\"\nendchoice\n",
	      "A=m", "B=nmy");
}

static void what_contradicts_is_said(void **state)
{
	static const char text[] = "config A\n\tbool \"a\"\n\tdepends on B\nconfig B\n\tbool \"b\"\n";
	CLEANUP(kconfig_freep) struct kconfig *k = kconfig_new();
	CLEANUP(imply_freep) struct imply *m = NULL;
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	(void)state;
	assert_ok(kconfig_add_text(k, text, sizeof(text) - 1));
	m = imply_new(k);
	imply_set(m, "B", VALUE_N);
	imply_set(m, "A", VALUE_Y);
	imply_set(m, "NOWHERE", VALUE_Y);
	imply_run(m);
	imply_contradictions(m, &b);
	assert_string_equal(buf_str(&b), "A\ty\tA\tn\n");
	assert_int_equal(imply_values(m, kconfig_find(k, "A", 1)->index), VALUE_Y);
	assert_int_equal(imply_values(m, kconfig_find(k, "B", 1)->index), VALUE_N);
}

static void nonsense_is_survived(void **state)
{
	static const char *const texts[] = {
		"config A\n\tbool \"a\"\n\tdepends on\n",
		"config A\n\tbool \"a\"\n\tdepends on (B\nconfig B\n\tbool\n",
		"config A\n\tbool \"a\"\n\tdepends on && || !\n",
		"config A\n\tbool \"a\" if\n\tselect\n\tselect A\n\tdefault\n",
		"config A\n\tbool\n\tdefault A\n", "endif\nendmenu\nendchoice\nconfig A\n\tbool \"a\"\n",
		"if\nmenu\nchoice\nconfig A\n\tbool \"a\"\n", "visible if B\noptional\nconfig A\n\tbool \"a\"\n",
		"config A\n\tbool \"a\"\n\tdepends on $(\n", "config A\n\tbool \"a\"\n\tdepends on \"\\\n",
		"config A\n\tbool \"a\"\n\tdepends on B <= 5 && C = D && \"x\" != 'y'\n",
		"config A\n\tbool \"a\"\n\tdepends on A\\", "config A\n\tbool \"a\"\n\tdepends on A\\\n\\\n\\\n",
	};
	CLEANUP(buf_deinit) struct buf deep = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CLEANUP(kconfig_freep) struct kconfig *k = kconfig_new();
		CLEANUP(imply_freep) struct imply *m = NULL;

		assert_ok(kconfig_add_text(k, texts[i], strlen(texts[i])));
		m = imply_new(k);
		imply_set(m, "A", VALUE_Y);
		imply_run(m);
		assert_int_not_equal(imply_values(m, kconfig_find(k, "A", 1)->index), 0);
	}
	for (int i = 0; i < 100; i++)
		buf_add_str(&deep, "menu \"m\"\n");
	buf_add_str(&deep, "config A\n\tbool \"a\"\n\tdepends on ");
	for (int i = 0; i < 500; i++)
		buf_add_str(&deep, "(!");
	buf_add_str(&deep, "B\nconfig B\n\tbool \"b\"\n");
	/* nested deeper than we read: nothing follows */
	check_text(buf_str(&deep), deep.size, "A=y", "A=y B=ny");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_on_needs_what_it_depends_on),
		cmocka_unit_test(what_depends_on_something_off_is_off),
		cmocka_unit_test(selecting),
		cmocka_unit_test(what_nobody_can_choose),
		cmocka_unit_test(modules_and_choices),
		cmocka_unit_test(what_contradicts_is_said),
		cmocka_unit_test(nonsense_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
