#include "tests/lib/unit.h"

#include <signal.h>
#include <sys/resource.h>

#include "base/file.h"
#include "tests/lib/scratch.h"

static void files_are_written_whole(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = scratch_file(&dir, "a", "one");
	CLEANUP(free_ptr) char *fresh = scratch_path(&dir, "a.new");
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	(void)state;
	assert_ok(file_write(path, "two", 3, NULL));
	assert_false(file_exists(fresh));
	assert_ok(file_read(path, 3, &b));
	assert_string_equal(buf_str(&b), "two");
	assert_err(file_read(path, 2, &b), ERR_DATA, "larger than 2 bytes");
}

static void what_cannot_be_written_is_named(void **state)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	(void)state;
	assert_err(file_write("/nowhere/at/all", "x", 1, NULL), ERR_SYSTEM, "/nowhere/at/all");
	assert_err(file_read("/nowhere/at/all", 10, &b), ERR_SYSTEM, "/nowhere/at/all: No such file");
	assert_err(file_read("/tmp", 10, &b), ERR_SYSTEM, "/tmp: is a directory");
}

/* The disk is full: here, the file may not grow. */
static void a_full_disk_leaves_the_old_file(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = scratch_file(&dir, "a", "old");
	CLEANUP(free_ptr) char *fresh = scratch_path(&dir, "a.new");
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	struct rlimit old, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	none = (struct rlimit){ 2, old.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_err(file_write(path, "fresh", 5, NULL), ERR_SYSTEM, "a.new: File too large");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_false(file_exists(fresh));
	assert_ok(file_read(path, 10, &b));
	assert_string_equal(buf_str(&b), "old");
}

static void directories_are_made_on_the_way(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *deep = scratch_path(&dir, "a/b/c");
	CLEANUP(free_ptr) char *file = scratch_file(&dir, "file", "");
	CLEANUP(free_ptr) char *under = scratch_path(&dir, "file/x");

	(void)state, (void)file;
	assert_ok(file_make_dirs(deep));
	assert_ok(file_make_dirs(deep));
	assert_true(file_exists(deep));
	assert_err(file_make_dirs(under), ERR_SYSTEM, "Not a directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_written_whole),
		cmocka_unit_test(what_cannot_be_written_is_named),
		cmocka_unit_test(a_full_disk_leaves_the_old_file),
		cmocka_unit_test(directories_are_made_on_the_way),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
