#include "tests/lib/unit.h"

#include "base/cleanup.h"
#include "kernel-src/unpack/patch.h"

#define SEVEN "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"

static struct err *add(struct patch_set *set, const char *text)
{
	struct buf b = BUF_INIT;

	buf_add_str(&b, text);
	return patch_set_add(set, "a.patch", &b);
}

/* The patches must make a file of text `before` one of text `after`, or no file where that is NULL. */
static void expect(struct patch_set *set, const char *path, const char *before, const char *after)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	bool exists, executable = false;

	buf_add_str(&b, before);
	assert_ok(patch_set_apply(set, path, &b, &exists, &executable));
	assert_int_equal(exists, after != NULL);
	if (after)
		assert_string_equal(buf_str(&b), after);
}

static void expect_error(const char *patch, const char *before, const char *words)
{
	CLEANUP(patch_set_freep) struct patch_set *set = patch_set_new();
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	bool exists, executable;

	assert_ok(add(set, patch));
	buf_add_str(&b, before);
	assert_err(patch_set_apply(set, "a.h", &b, &exists, &executable), ERR_DATA, words);
}

static bool all(const char *path)
{
	return *path != '.';
}

static struct err *collect(void *arg, const char *path, bool executable, struct buf *text)
{
	buf_addf(arg, "%s%s: %s", path, executable ? "*" : "", buf_str(text));
	return NULL;
}

static void pieces_are_applied(void **state)
{
	CLEANUP(patch_set_freep) struct patch_set *set = patch_set_new();

	(void)state;
	assert_ok(add(set, "words\n--- linux.orig/a.h\t2020-01-01\n+++ linux/a.h\n@@ -1,4 +1,5 @@ f()\n one\n-two\n+zwei\n+drei\n"
			   " three\n four\n@@ -6,2 +7,1 @@\n six\n-seven\n"
			   "--- a/d/b.h\n+++ b/d/b.h\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+y\n"));
	assert_ok(add(set, "diff --git a/a.h b/a.h\n--- a/a.h\n+++ b/a.h\n@@ -2 +2 @@\n-zwei\n+2\n"));
	assert_true(patch_set_touches(set, "a.h"));
	assert_true(patch_set_touches(set, "d/b.h"));
	assert_false(patch_set_touches(set, "b.h"));
	expect(set, "a.h", SEVEN, "one\n2\ndrei\nthree\nfour\nfive\nsix\n");
	expect(set, "d/b.h", "x", "y\n");
	expect(set, "other.h", "as it was", "as it was");
}

static void a_piece_may_have_moved_but_all_of_it_is_there(void **state)
{
	static const char patch[] = "--- a/a.h\n+++ b/a.h\n@@ -2,3 +2,3 @@\n two\n-three\n+3\n four\n"
				    "@@ -6 +6 @@\n-six\n+6\n";
	CLEANUP(patch_set_freep) struct patch_set *set = patch_set_new();
	CLEANUP(patch_set_freep) struct patch_set *same = patch_set_new();

	(void)state;
	assert_ok(add(set, patch));
	expect(set, "a.h", "0\n0\n0\n" SEVEN, "0\n0\n0\none\ntwo\n3\nfour\nfive\n6\nseven\n");
	/* Of several places the nearest. */
	assert_ok(add(same, "--- a/a.h\n+++ b/a.h\n@@ -4 +4 @@\n-x\n+y\n"));
	expect(same, "a.h", "x\n1\nx\n2\nx\nx\n", "x\n1\nx\n2\ny\nx\n");
	expect_error(patch, "one\ntwo\nthree\n4\nsix\n", "line 2 does not fit");
	expect_error(patch, "two\nthree\nfour\nseven\n", "line 6 does not fit");
	expect_error(patch, "six\ntwo\nthree\nfour\n", "line 6 does not fit");
	expect_error(patch, "", "a.h");
}

static void files_come_and_go(void **state)
{
	CLEANUP(patch_set_freep) struct patch_set *set = patch_set_new();
	CLEANUP(buf_deinit) struct buf rest = BUF_INIT, text = BUF_INIT;

	(void)state;
	assert_ok(add(set, "--- linux.orig/new.h\n+++ linux/new.h\n@@ -0,0 +1,2 @@\n+new\n+lines\n"
			   "diff --git a/tool b/tool\nnew file mode 100755\n"
			   "--- /dev/null\n+++ b/tool\n@@ -0,0 +1 @@\n+#!\n"
			   "diff --git a/empty b/empty\nnew file mode 100644\nindex 0..1\n"
			   "diff --git a/gone.h b/gone.h\ndeleted file mode 100644\n"
			   "--- a/gone.h\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
			   "diff --git a/void b/void\ndeleted file mode 100644\nindex 1..0\n"
			   "diff --git a/moved.h b/there.h\nsimilarity index 90%\nrename from moved.h\nrename to there.h\n"
			   "--- a/moved.h\n+++ b/there.h\n@@ -1 +1 @@\n-m\n+t\n"
			   "diff --git a/twin.h b/copy.h\nsimilarity index 100%\ncopy from twin.h\ncopy to copy.h\n"
			   "diff --git a/.unwanted b/.unwanted\n--- a/.unwanted\n+++ b/.unwanted\n@@ -1 +1 @@\n-x\n+y\n"
			   "diff --git a/x.png b/x.png\nnew file mode 100644\nGIT binary patch\nliteral 3\nabc\n\n"
			   "diff --git \"a/\\303.h\" \"b/\\303.h\"\n--- \"a/\\303.h\"\n+++ \"b/\\303.h\"\n@@ -1 +1 @@\n-x\n+y\n"));
	assert_ok(add(set, "--- a/new.h\n+++ b/new.h\n@@ -1,2 +1,2 @@\n new\n-lines\n+words\n"));
	assert_true(patch_set_is_source(set, "moved.h"));
	assert_true(patch_set_is_source(set, "twin.h"));
	assert_false(patch_set_is_source(set, "gone.h"));
	expect(set, "gone.h", "x\n", NULL);
	expect(set, "void", "", NULL);
	expect(set, "moved.h", "m\n", NULL);
	expect(set, "twin.h", "2\n", "2\n");
	assert_ok(patch_set_rest(set, all, collect, &rest));
	assert_string_equal(buf_str(&rest), "new.h: new\nwords\ntool*: #!\nempty: there.h: t\ncopy.h: 2\n");
	assert_ok(patch_set_new_file(set, "new.h", &text));
	assert_string_equal(buf_str(&text), "new\nwords\n");
	assert_err(patch_set_new_file(set, "none.h", &text), ERR_ABSENT, "none.h");
}

static void what_should_be_there_has_to_be(void **state)
{
	CLEANUP(patch_set_freep) struct patch_set *set = patch_set_new(), *from = patch_set_new();
	CLEANUP(buf_deinit) struct buf rest = BUF_INIT, again = BUF_INIT;
	bool exists, executable;

	(void)state;
	assert_ok(add(set, "--- a/a.h\n+++ b/a.h\n@@ -1 +1 @@\n-x\n+y\n"));
	assert_err(patch_set_rest(set, all, collect, &rest), ERR_DATA, "not there");
	expect(set, "a.h", "x\n", "y\n");
	buf_add_str(&again, "x\n");
	assert_err(patch_set_apply(set, "a.h", &again, &exists, &executable), ERR_DATA, "comes twice");
	assert_ok(add(from, "diff --git a/a.h b/b.h\nrename from a.h\nrename to b.h\n"));
	assert_err(patch_set_rest(from, all, collect, &rest), ERR_DATA, "takes a file that is not there");
	expect_error("--- a/a.h\n+++ b/a.h\n@@ -0,0 +1 @@\n+x\n", "there\n", "there already");
}

/* A piece with less context on one side was made at an end of its file, and fits only there. */
static void uneven_context_names_an_end_of_the_file(void **state)
{
	static const char top[] = "--- a/a.h\n+++ b/a.h\n@@ -1,2 +1,3 @@\n+zero\n one\n two\n";
	static const char end[] = "--- a/a.h\n+++ b/a.h\n@@ -6,2 +6,3 @@\n six\n seven\n+eight\n";
	CLEANUP(patch_set_freep) struct patch_set *set = patch_set_new(), *later = patch_set_new(), *inner = patch_set_new();

	(void)state;
	assert_ok(add(set, top));
	expect(set, "a.h", SEVEN, "zero\n" SEVEN);
	expect_error(top, "0\n" SEVEN, "line 1 does not fit");
	assert_ok(add(later, end));
	expect(later, "a.h", "0\n" SEVEN, "0\n" SEVEN "eight\n");
	expect_error(end, SEVEN "0\n", "line 6 does not fit");
	/* Not so in the middle, where somebody took context away by hand. */
	assert_ok(add(inner, "--- a/a.h\n+++ b/a.h\n@@ -3,2 +3,3 @@\n+2\n three\n four\n"));
	expect(inner, "a.h", "0\n" SEVEN, "0\none\ntwo\n2\nthree\nfour\nfive\nsix\nseven\n");
}

static void of_a_part_of_a_tree_what_is_not_there_is_left_out(void **state)
{
	CLEANUP(patch_set_freep) struct patch_set *set = patch_set_new(), *more = patch_set_new();
	CLEANUP(buf_deinit) struct buf rest = BUF_INIT, text = BUF_INIT;
	bool exists, executable;

	(void)state;
	patch_set_partial(set);
	assert_ok(add(set, "--- a/a.h\n+++ b/a.h\n@@ -1 +1 @@\n-x\n+y\n"
			   "--- a/none.c\n+++ b/none.c\n@@ -1 +1 @@\n-x\n+y\n"
			   "--- a/new.c\n+++ b/new.c\n@@ -0,0 +1 @@\n+new\n"
			   "--- /dev/null\n+++ b/../../out\n@@ -0,0 +1 @@\n+x\n"
			   "diff --git a/void.c b/void.c\ndeleted file mode 100644\n"
			   "diff --git a/lost.h b/found.h\nrename from lost.h\nrename to found.h\n"
			   "--- a/lost.h\n+++ b/found.h\n@@ -1 +1 @@\n-x\n+y\n"
			   "diff --git a/a.h b/b.h\ncopy from a.h\ncopy to b.h\n"));
	assert_string_equal(patch_set_path(set, 0), "a.h");
	assert_string_equal(patch_set_path(set, 1), "none.c");
	assert_null(patch_set_path(set, 100));
	expect(set, "a.h", "x\n", "y\n");
	assert_ok(patch_set_rest(set, all, collect, &rest));
	assert_string_equal(buf_str(&rest), "new.c: new\nb.h: y\n");

	/* All else has to fit, also of a file that is removed. */
	patch_set_partial(more);
	assert_ok(add(more, "--- a/a.h\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
			    "diff --git a/b.h b/b.h\ndeleted file mode 100644\n--- a/b.h\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
			    "--- a/c.h\n+++ b/c.h\n@@ -1 +0,0 @@\n-x\n"));
	buf_add_str(&text, "x\nmore\n");
	assert_err(patch_set_apply(more, "a.h", &text, &exists, &executable), ERR_DATA, "a.h: removes a file that holds more");
	buf_clear(&text);
	buf_add_str(&text, "y\n");
	assert_err(patch_set_apply(more, "b.h", &text, &exists, &executable), ERR_DATA, "line 1 does not fit");
	expect(more, "c.h", "x\nmore\n", "more\n");
}

static void refuse(const char *text, const char *words)
{
	CLEANUP(patch_set_freep) struct patch_set *set = patch_set_new();

	assert_err(add(set, text), ERR_DATA, words);
}

static void damaged_and_hostile_patches_are_refused(void **state)
{
	CLEANUP(patch_set_freep) struct patch_set *set = patch_set_new();
	CLEANUP(buf_deinit) struct buf chain = BUF_INIT, rest = BUF_INIT;

	(void)state;
	refuse("--- a/a.h\n+++ b/a.h\n@@ -1,3 +1,3 @@\n one\n", "cut short");
	refuse("--- a/a.h\n+++ b/a.h\n@@ -1,3 +1,3 @@\n one\nno\n", "other lines");
	refuse("--- a/a.h\n+++ b/a.h\n@@ -1 +1 @@\n-x\n-y\n+z\n", "other lines");
	refuse("--- a/a.h\n+++ b/a.h\n@@ -1 1 @@\n", "not the head");
	refuse("--- a/a.h\n+++ b/a.h\n@@ -9999999999999999999999999 +1 @@\n", "not the head");
	refuse("--- a/a.h\n+++ b/a.h\n@@ -1,99999999999999999 +1,99999999999999999 @@\n x\n", "cut short");
	refuse("--- a/../../x\n+++ b/../../x\n@@ -0,0 +1 @@\n+x\n", "leads out");
	refuse("--- /dev/null\n+++ b/include/../../../x\n@@ -0,0 +1 @@\n+x\n", "leads out");
	refuse("--- /dev/null\n+++ passwd\n@@ -0,0 +1 @@\n+x\n", "without a folder");
	refuse("diff --git a/../x b/../x\nnew file mode 100644\n", "leads out");
	refuse("diff --git a/a.h b/a.h\nrename from /etc/passwd\nrename to a.h\n", "absolute");
	refuse("diff --git a/a.h b/a.h\nrename from a.h\nrename to ../b.h\n", "leads out");
	/* A hundred files, each a copy of the one before. */
	for (int i = 0; i < 100; i++)
		buf_addf(&chain, "diff --git a/%d b/%d\ncopy from %d\ncopy to %d\n", i, i + 1, i, i + 1);
	assert_ok(add(set, buf_str(&chain)));
	expect(set, "0", "x", "x");
	assert_err(patch_set_rest(set, all, collect, &rest), ERR_DATA, "renamed more than");
}

/* Each piece of a hostile patch must be searched for in all of a file. That ends. */
static void the_search_ends(void **state)
{
	CLEANUP(patch_set_freep) struct patch_set *set = patch_set_new();
	CLEANUP(buf_deinit) struct buf patch = BUF_INIT, text = BUF_INIT;
	bool exists, executable;

	(void)state;
	buf_add_str(&patch, "--- a/a.h\n+++ b/a.h\n");
	for (int i = 0; i < 3000; i++) {
		buf_addf(&patch, "@@ -%d,20 +1,20 @@\n", 10000 + i);
		for (int j = 0; j < 19; j++)
			buf_add_str(&patch, " x\n");
		buf_add_str(&patch, " y\n");
	}
	for (int i = 0; i < 60000; i++)
		buf_add_str(&text, i % 20000 == 19999 ? "y\n" : "x\n");
	assert_ok(patch_set_add(set, "a.patch", &patch));
	assert_err(patch_set_apply(set, "a.h", &text, &exists, &executable), ERR_DATA, "a.h");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_applied),
		cmocka_unit_test(a_piece_may_have_moved_but_all_of_it_is_there),
		cmocka_unit_test(files_come_and_go),
		cmocka_unit_test(what_should_be_there_has_to_be),
		cmocka_unit_test(uneven_context_names_an_end_of_the_file),
		cmocka_unit_test(of_a_part_of_a_tree_what_is_not_there_is_left_out),
		cmocka_unit_test(damaged_and_hostile_patches_are_refused),
		cmocka_unit_test(the_search_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
