#include "tests/lib/unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel-src/unpack/package.h"
#include "kernel-src/unpack/unpack.h"
#include "tests/lib/archive.h"
#include "tests/lib/scratch.h"

static void expect_good_tree(const char *out)
{
	expect_text(out, "include/linux/sched.h", "struct task_struct;\n");
	expect_text(out, "include/linux/same.h", "struct task_struct;\n");
	expect_text(out, "scripts/link", "struct task_struct;\n");
	expect_text(out, "fs/mount.h", "struct mount;\n");
	expect_text(out, "kernel/bounds.c", "int b;\n");
	expect_text(out, "drivers/net/ethernet/Kconfig", "config E\n");
	expect_no_file(out, "drivers/net/ethernet/e.h");
	expect_no_file(out, "fs/namespace.c");
}

static void a_tarball_of_any_kind_is_unpacked(void **state)
{
	static const int filters[] = { ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_BZIP2,
				       ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD };

	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
		CLEANUP(buf_deinit) struct buf b = BUF_INIT;
		CLEANUP(free_ptr) char *source = NULL, *out = scratch_path(&dir, "cache/sources/6.1");
		bool fresh;

		archive_add_good(&b, filters[i]);
		source = scratch_bytes(&dir, "linux.tar", b.data, b.size);
		assert_ok(unpack_tree(source, out, &fresh));
		assert_true(fresh);
		expect_good_tree(out);
	}
}

static void a_package_holds_the_tarball(void **state)
{
	static const char *const names[] = {
		"./usr/src/linux-source-6.1.tar.xz",
		"./usr/src/linux-source-4.15.0/linux-source-4.15.0.tar.bz2",
		"./usr/src/linux-hwe-5.4-source-5.4.0/linux-hwe-5.4-source-5.4.0.tar.bz2",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
		CLEANUP(buf_deinit) struct buf tarball = BUF_INIT, deb = BUF_INIT;
		CLEANUP(free_ptr) char *source = NULL, *out = scratch_path(&dir, "out");
		bool fresh;

		archive_add_good(&tarball, i ? ARCHIVE_FILTER_BZIP2 : ARCHIVE_FILTER_XZ);
		archive_add_deb(&deb, names[i], &tarball);
		source = scratch_bytes(&dir, "linux-source.deb", deb.data, deb.size);
		assert_ok(unpack_tree(source, out, &fresh));
		expect_good_tree(out);
	}
}

static void what_is_there_is_kept_and_what_is_old_is_replaced(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	CLEANUP(free_ptr) char *source = NULL, *out = scratch_path(&dir, "out");
	CLEANUP(free_ptr) char *half = scratch_path(&dir, "out.new/fs"), *mine = NULL;
	bool fresh;

	(void)state;
	archive_add_good(&b, ARCHIVE_FILTER_NONE);
	source = scratch_bytes(&dir, "a.tar", b.data, b.size);
	assert_ok(file_make_dirs(half)); /* an interrupted run left this */
	assert_ok(unpack_tree(source, out, &fresh));
	expect_good_tree(out);
	expect_no_file(dir.path, "out.new");
	assert_ok(unpack_tree(source, out, &fresh));
	assert_false(fresh);
	buf_add(&b, "\0\0\0\0", 4); /* another file of that name */
	free(scratch_bytes(&dir, "a.tar", b.data, b.size));
	assert_ok(unpack_tree(source, out, &fresh));
	assert_true(fresh);
	expect_good_tree(out);
	/* The program does not remove a folder that it did not make. */
	mine = scratch_path(&dir, "mine");
	assert_ok(file_make_dirs(mine));
	free(scratch_file(&dir, "mine/thesis.txt", "x"));
	assert_err(unpack_tree(source, mine, &fresh), ERR_USAGE, "not made by unpack");
	expect_text(mine, "thesis.txt", "x");
}

static void a_folder_is_used_as_it_is(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	CLEANUP(free_ptr) char *source = NULL, *tree = scratch_path(&dir, "tree"),
				*out = scratch_path(&dir, "out");
	bool fresh;

	(void)state;
	archive_add_good(&b, ARCHIVE_FILTER_NONE);
	source = scratch_bytes(&dir, "a.tar", b.data, b.size);
	assert_ok(unpack_tree(source, tree, &fresh));
	assert_ok(unpack_tree(tree, out, &fresh));
	expect_good_tree(out);
	assert_ok(unpack_tree(tree, out, &fresh));
	assert_ok(unpack_tree(source, out, &fresh)); /* the link goes, the folder stays */
	expect_good_tree(tree);
	assert_err(unpack_tree(dir.path, out, &fresh), ERR_ABSENT, "no kernel source");
}

/* A tree with one more member must fail with these words, and leave nothing. */
static void refuse(const struct member *extra, enum err_code code, const char *words)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	CLEANUP(free_ptr) char *source = NULL, *out = scratch_path(&dir, "in/out");
	struct member members[16] = { TREE("top/") };
	size_t count = 5;
	bool fresh;

	while (extra->name)
		members[count++] = *extra++;
	archive_add_members(&b, ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, ARCHIVE_FILTER_NONE, members, count);
	source = scratch_bytes(&dir, "a.tar", b.data, b.size);
	assert_err(unpack_tree(source, out, &fresh), code, words);
	expect_no_file(dir.path, "in/out");
	expect_no_file(dir.path, "in/out.new");
	expect_no_file(dir.path, "in/x.h");
	expect_no_file(dir.path, "x.h");
}

#define REFUSE(words, ...) refuse((const struct member[]){ __VA_ARGS__, { 0 } }, ERR_DATA, words)

static void hostile_members_are_refused(void **state)
{
	static char deep[2048];

	(void)state;
	REFUSE("leads out", { "top/../x.h", "x", NULL, 0 });
	REFUSE("leads out", { "top/include/../../../x.h", "x", NULL, 0 });
	REFUSE("leads out", { "..", "x", NULL, 0 });
	REFUSE("absolute", { "/tmp/x.h", "x", NULL, 0 });
	REFUSE("more than one folder", { "other/x.h", "x", NULL, 0 });
	REFUSE("control character", { "top/include/a\nb.h", "x", NULL, 0 });
	REFUSE("\\x1b[2J", { "top/include/\033[2J.h", "x", NULL, 0 });
	REFUSE("comes twice", { "top/include/linux/sched.h", "x", NULL, 0 });
	REFUSE("comes twice", { "top/./include//linux/sched.h", "x", NULL, 0 });
	REFUSE("not a folder", { "top/Makefile/x.h", "x", NULL, 0 });
	REFUSE("a device", { "top/include/null.h", "", NULL, AE_IFCHR });
	REFUSE("a device", { "top/include/fifo.h", "", NULL, AE_IFIFO });
	strcpy(deep, "top/");
	for (int i = 0; i < 50; i++)
		strcat(deep, "d/");
	strcat(deep, "x.h");
	REFUSE("too deep", { deep, "x", NULL, 0 });
	memset(deep + 4, 'x', 300);
	strcpy(deep + 304, ".h");
	REFUSE("too long", { deep, "x", NULL, 0 });
}

static void links_that_lead_out_are_refused(void **state)
{
	(void)state;
	REFUSE("leads out", { "top/scripts/x", "", "/etc/passwd", AE_IFLNK });
	REFUSE("leads out", { "top/scripts/x", "", "../../x.h", AE_IFLNK });
	REFUSE("leads out", { "top/scripts/x", "", "a/../../../x.h", AE_IFLNK });
	REFUSE("leads out", { "top/scripts/x", "", "", AE_IFLNK });
	/* Each link by itself stays in the tree; together they lead out. */
	REFUSE("through another link", { "top/scripts/a/b/c/up", "", "../../../..", AE_IFLNK },
	       { "top/scripts/x", "", "a/b/c/up/../x.h", AE_IFLNK });
	/* First a link, then a file through it; or a file, then a link in its place. */
	REFUSE("comes twice", { "top/scripts/x", "", "../include", AE_IFLNK },
	       { "top/scripts/x/y.h", "x", NULL, 0 });
	REFUSE("comes twice", { "top/include/x.h", "x", NULL, 0 },
	       { "top/include/x.h", "", "linux/sched.h", AE_IFLNK });
	REFUSE("not a folder", { "top/scripts/x", "", "../include", AE_IFLNK },
	       { "top/scripts/x/y", "", "sched.h", AE_IFLNK });
	/* Hard links to a file that is not there, or is not in the tree. */
	REFUSE("did not come before", { "top/include/x.h", "", "top/include/no.h", 0 });
	REFUSE("absolute", { "top/include/x.h", "", "/etc/passwd", 0 });
	REFUSE("leads out", { "top/include/x.h", "", "top/../../x.h", 0 });
}

/* The same in the archive that a package holds, and in the package's own. */
static void hostile_packages_are_refused(void **state)
{
	static const struct member up[] = { TREE("top/"), { "top/../x.h", "x", NULL, 0 } };
	static const struct member root[] = { TREE("top/"), { "/tmp/x.h", "x", NULL, 0 } };
	static const struct member link[] = { TREE("top/"), { "top/scripts/x", "", "../../x.h", AE_IFLNK } };
	static const struct member hard[] = { TREE("top/"), { "top/include/x.h", "", "/etc/passwd", 0 } };
	static const struct member pipe[] = { TREE("top/"), { "top/include/x.h", "", NULL, AE_IFIFO } };
	static const struct {
		const struct member *members;
		const char *name, *words;
	} cases[] = {
		{ up, "./usr/src/linux-source-6.1.tar.xz", "leads out" },
		{ root, "./usr/src/linux-source-6.1.tar.xz", "absolute" },
		{ link, "./usr/src/linux-source-6.1.tar.xz", "leads out" },
		{ hard, "./usr/src/linux-source-6.1.tar.xz", "absolute" },
		{ pipe, "./usr/src/linux-source-6.1.tar.xz", "a device" },
		{ archive_good, "./usr/src/../../linux-source-6.1.tar.xz", "leads out" },
		{ archive_good, "/usr/src/linux-source-6.1.tar.xz", "absolute" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
		CLEANUP(buf_deinit) struct buf tarball = BUF_INIT, deb = BUF_INIT;
		CLEANUP(free_ptr) char *source = NULL, *out = scratch_path(&dir, "in/out");
		bool fresh;

		archive_add_members(&tarball, ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, ARCHIVE_FILTER_XZ, cases[i].members, 6);
		archive_add_deb(&deb, cases[i].name, &tarball);
		source = scratch_bytes(&dir, "a.deb", deb.data, deb.size);
		assert_err(unpack_tree(source, out, &fresh), ERR_DATA, cases[i].words);
		expect_no_file(dir.path, "in/out");
		expect_no_file(dir.path, "in/out.new");
		expect_no_file(dir.path, "in/x.h");
	}
}

static void damaged_archives_are_refused(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(buf_deinit) struct buf tarball = BUF_INIT, deb = BUF_INIT, other = BUF_INIT;
	CLEANUP(free_ptr) char *out = scratch_path(&dir, "out"), *cut = NULL, *none = NULL;
	CLEANUP(free_ptr) char *path = NULL, *package = NULL, *flipped = NULL;
	bool fresh;

	(void)state;
	archive_add_good(&tarball, ARCHIVE_FILTER_XZ);
	cut = scratch_bytes(&dir, "cut.tar.xz", tarball.data, tarball.size - 40);
	assert_err(unpack_tree(cut, out, &fresh), ERR_DATA, "cut short");
	tarball.data[tarball.size / 2] ^= 1;
	flipped = scratch_bytes(&dir, "flipped.tar.xz", tarball.data, tarball.size);
	assert_err(unpack_tree(flipped, out, &fresh), ERR_DATA, "flipped.tar.xz");
	archive_add_deb(&deb, "./usr/src/linux-source-6.1.tar.xz", &tarball);
	package = scratch_bytes(&dir, "a.deb", deb.data, deb.size);
	assert_err(unpack_tree(package, out, &fresh), ERR_DATA, "linux-source-6.1.tar.xz");
	path = scratch_file(&dir, "text", "no archive\n");
	assert_err(unpack_tree(path, out, &fresh), ERR_DATA, "text");
	archive_add_deb(&other, "./usr/share/doc/x", &tarball);
	free(scratch_bytes(&dir, "other.deb", other.data, other.size));
	none = scratch_path(&dir, "other.deb");
	assert_err(unpack_tree(none, out, &fresh), ERR_ABSENT, "no kernel source");
	free(none);
	none = scratch_path(&dir, "none");
	assert_err(unpack_tree(none, out, &fresh), ERR_SYSTEM, "No such file");
	expect_no_file(dir.path, "out");
	expect_no_file(dir.path, "out.new");
}

/* A header that promises 8 GiB is refused before a byte of it is read. */
static void bombs_are_refused(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	CLEANUP(free_ptr) char *source = NULL, *out = scratch_path(&dir, "out");
	unsigned char *header;
	unsigned int sum = 0;
	bool fresh;

	(void)state;
	archive_add_good(&b, ARCHIVE_FILTER_NONE);
	header = (unsigned char *)b.data;
	header[156] = '0'; /* linux-6.1/ becomes a file ... */
	memcpy(header, "linux-6.1/a\0", 12);
	memcpy(header + 124, "\x80\0\0\0\0\0\0\x02\0\0\0\x01", 12); /* ... of 8 GiB and a byte */
	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < 512; i++)
		sum += header[i];
	snprintf((char *)header + 148, 8, "%06o", sum);
	source = scratch_bytes(&dir, "a.tar", b.data, b.size);
	assert_err(unpack_tree(source, out, &fresh), ERR_DATA, "more than");
	expect_no_file(dir.path, "out.new");
}

static void a_member_is_read_uncompressed(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(buf_deinit) struct buf config = BUF_INIT, deb = BUF_INIT, text = BUF_INIT;
	CLEANUP(free_ptr) char *path = NULL;

	(void)state;
	buf_add_str(&config, "CONFIG_X=y\n");
	archive_add_deb(&deb, "./usr/src/linux-config-6.1/config.amd64_none_amd64", &config);
	path = scratch_bytes(&dir, "config.deb", deb.data, deb.size);
	assert_ok(package_member(path, "config.amd64_none_amd64", &text));
	assert_string_equal(buf_str(&text), "CONFIG_X=y\n");
	buf_clear(&text);
	assert_ok(package_member(path, "/usr/src/linux-config-6.1/config.amd64*", &text));
	assert_string_equal(buf_str(&text), "CONFIG_X=y\n");
	buf_clear(&text);
	assert_err(package_member(path, "config.amd64_none_cloud-amd64", &text), ERR_ABSENT, "cloud");
	assert_err(package_member(path, "../x", &text), ERR_DATA, "leads out");
	assert_int_equal(text.size, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tarball_of_any_kind_is_unpacked),
		cmocka_unit_test(a_package_holds_the_tarball),
		cmocka_unit_test(what_is_there_is_kept_and_what_is_old_is_replaced),
		cmocka_unit_test(a_folder_is_used_as_it_is),
		cmocka_unit_test(hostile_members_are_refused),
		cmocka_unit_test(links_that_lead_out_are_refused),
		cmocka_unit_test(hostile_packages_are_refused),
		cmocka_unit_test(damaged_archives_are_refused),
		cmocka_unit_test(bombs_are_refused),
		cmocka_unit_test(a_member_is_read_uncompressed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
