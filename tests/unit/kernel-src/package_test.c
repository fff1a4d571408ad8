#include "tests/lib/unit.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel-src/unpack/package.h"
#include "kernel-src/unpack/sha256.h"
#include "kernel-src/unpack/unpack.h"
#include "tests/lib/archive.h"
#include "tests/lib/scratch.h"

/* A folder with a.dsc, signed or not, and these files of it; *out is where its tree goes. */
struct package {
	struct scratch dir;
	char *dsc, *out;
	struct buf text;
};

static struct package package_init(void)
{
	struct package p = { .dir = scratch_init() };

	p.out = scratch_path(&p.dir, "in/out");
	buf_add_str(&p.text, "Format: 3.0 (quilt)\nSource: linux\nVersion: 6.1-1\nChecksums-Sha256:\n");
	return p;
}

static void package_deinit(struct package *p)
{
	scratch_deinit(&p->dir);
	buf_deinit(&p->text);
	free(p->dsc);
	free(p->out);
}

static void package_add(struct package *p, const char *name, const struct buf *data)
{
	CLEANUP(free_ptr) char *path = scratch_bytes(&p->dir, name, data->data, data->size);
	uint8_t digest[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];

	assert_ok(sha256_file(path, digest));
	sha256_text(digest, hex);
	buf_addf(&p->text, " %s %zu %s\n", hex, data->size, name);
}

static struct err *package_unpack(struct package *p)
{
	bool fresh;

	free(p->dsc);
	p->dsc = scratch_bytes(&p->dir, "a.dsc", p->text.data, p->text.size);
	return unpack_tree(p->dsc, p->out, &fresh);
}

static void package_fails(struct package *p, const char *words)
{
	assert_err(package_unpack(p), ERR_DATA, words);
	expect_no_file(p->dir.path, "in/out");
	expect_no_file(p->dir.path, "in/out.new");
	expect_no_file(p->dir.path, "x.h");
}

static void package_add_tree(struct package *p)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	archive_add_good(&b, ARCHIVE_FILTER_XZ);
	package_add(p, "linux_6.1.orig.tar.xz", &b);
}

/* text as a gz file */
static void package_add_diff(struct package *p, const char *text)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	char bytes[65536];
	size_t used = 0;

	archive_write_set_format_raw(a);
	archive_write_add_filter_gzip(a);
	archive_write_open_memory(a, bytes, sizeof(bytes), &used);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_write_header(a, entry);
	archive_write_data(a, text, strlen(text));
	archive_write_close(a);
	archive_write_free(a);
	archive_entry_free(entry);
	buf_add(&b, bytes, used);
	package_add(p, "linux_6.1-1.diff.gz", &b);
}

#define DIFF_A "--- linux-6.1.orig/fs/mount.h\n+++ linux-6.1/fs/mount.h\n@@ -1 +1,2 @@\n struct mount;\n+int distribution;\n"
#define DIFF_NEW(path, text) "--- linux-6.1.orig/" path "\n+++ linux-6.1/" path "\n@@ -0,0 +1 @@\n+" text "\n"

static void a_source_package_of_one_diff_is_a_tree(void **state)
{
	CLEANUP(package_deinit) struct package p = package_init();
	struct stat st;

	(void)state;
	package_add_tree(&p);
	package_add_diff(&p, DIFF_A DIFF_NEW("include/linux/made.h", "made")
			 DIFF_NEW("scripts/tool", "tool") DIFF_NEW("drivers/made.c", "unwanted")
			 DIFF_NEW("debian/debian.env", "DEBIAN=debian.aws")
			 "--- linux-6.1.orig/drivers/not_wanted.c\n+++ linux-6.1/drivers/not_wanted.c\n@@ -1 +1 @@\n-x\n+y\n"
			 "--- linux-6.1.orig/debian.aws/reconstruct\n+++ linux-6.1/debian.aws/reconstruct\n@@ -0,0 +1,6 @@\n"
			 "+# comment\n+chmod +x 'scripts/tool'\n+rm -f 'kernel/bounds.c'\n"
			 "+[ ! -L 'scripts/made' ] && ln -sf '../include/linux/made.h' 'scripts/made'\n"
			 "+touch 'include/linux/touched.h'\n+exit 0\n");
	assert_ok(package_unpack(&p));
	expect_text(p.out, "include/linux/sched.h", "struct task_struct;\n");
	expect_text(p.out, "fs/mount.h", "struct mount;\nint distribution;\n");
	expect_text(p.out, "include/linux/made.h", "made\n");
	expect_text(p.out, "scripts/made", "made\n");
	expect_no_file(p.out, "kernel/bounds.c");
	expect_no_file(p.out, "drivers/made.c");
	expect_no_file(p.out, "include/linux/touched.h");
	free(p.dsc);
	p.dsc = scratch_path(&p.dir, "in/out/scripts/tool");
	assert_int_equal(stat(p.dsc, &st), 0);
	assert_true(st.st_mode & 0100);
}

static void package_add_debian(struct package *p, const struct member *members, size_t count)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	archive_add_members(&b, ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, ARCHIVE_FILTER_XZ, members, count);
	package_add(p, "linux_6.1-1.debian.tar.xz", &b);
}

static bool is_mount(const char *path)
{
	return !strcmp(path, "fs/mount.h") || !strcmp(path, "fs/namespace.c");
}

static void note_file(void *arg, const char *path, const char *text, size_t size)
{
	buf_addf(arg, "%s(%zu): %s", path, size, text);
}

static void a_source_package_of_many_patches_is_a_tree(void **state)
{
	static const struct member debian[] = {
		{ "debian/", NULL, NULL, 0 },
		{ "debian/config/x", "CONFIG_X=y\n", NULL, 0 },
		{ "debian/patches/series", "# words\n\n  a/one.patch -p1\ntwo.patch # why\n", NULL, 0 },
		{ "debian/patches/a/one.patch", DIFF_A, NULL, 0 },
		{ "debian/patches/two.patch",
		  "--- a/fs/mount.h\n+++ b/fs/mount.h\n@@ -2 +2 @@\n-int distribution;\n+int two;\n"
		  "--- a/fs/namespace.c\n+++ b/fs/namespace.c\n@@ -1 +1 @@\n-int x;\n+int y;\n", NULL, 0 },
		{ "debian/patches/not-in-series.patch", "--- a/../x.h\n+++ b/../x.h\n@@ -0,0 +1 @@\n+x\n", NULL, 0 },
	};
	CLEANUP(package_deinit) struct package p = package_init();
	CLEANUP(buf_deinit) struct buf seen = BUF_INIT, text = BUF_INIT;
	const struct visitor visitor = { is_mount, note_file, &seen, 4096 };

	(void)state;
	package_add_tree(&p);
	package_add_debian(&p, debian, sizeof(debian) / sizeof(debian[0]));
	assert_ok(package_unpack(&p));
	expect_text(p.out, "fs/mount.h", "struct mount;\nint two;\n");
	expect_text(p.out, "kernel/bounds.c", "int b;\n");
	assert_ok(unpack_visit(p.dsc, &visitor));
	assert_string_equal(buf_str(&seen), "fs/mount.h(23): struct mount;\nint two;\nfs/namespace.c(7): int y;\n");
	assert_ok(package_member(p.dsc, "debian/config/x", &text));
	assert_string_equal(buf_str(&text), "CONFIG_X=y\n");
	assert_err(package_member(p.dsc, "debian/config/y", &text), ERR_ABSENT, "no member");
}

static void refuse_diff(const char *diff, const char *words)
{
	CLEANUP(package_deinit) struct package p = package_init();

	package_add_tree(&p);
	package_add_diff(&p, diff);
	package_fails(&p, words);
}

static void refuse_debian(const char *words, struct member one, struct member two)
{
	const struct member members[] = { one, two };
	CLEANUP(package_deinit) struct package p = package_init();

	package_add_tree(&p);
	package_add_debian(&p, members, two.name ? 2 : 1);
	package_fails(&p, words);
}

#define RECONSTRUCT(line) DIFF_NEW("debian/reconstruct", line)

static void hostile_source_packages_are_refused(void **state)
{
	static const struct member none = { 0 }, series = { "debian/patches/series", "a.patch\n", NULL, 0 };

	(void)state;
	refuse_diff("--- a/../../x.h\n+++ b/../../x.h\n@@ -0,0 +1 @@\n+x\n", "leads out");
	refuse_diff("--- /dev/null\n+++ b//tmp/../../x.h\n@@ -0,0 +1 @@\n+x\n", "leads out");
	refuse_diff(DIFF_NEW("include/a\001.h", "x"), "control character");
	refuse_diff(DIFF_NEW("include/linux/sched.h", "x"), "there already");
	refuse_diff(DIFF_NEW("Makefile/x.h", "x"), "not a folder");
	/* a file below a link of the archive: the link would be made first by patch */
	refuse_diff(DIFF_NEW("scripts/link/x.h", "x"), "comes twice");
	refuse_diff(DIFF_NEW("scripts/link", "x"), "comes twice");
	refuse_diff("--- a/fs/mount.h\n+++ b/fs/mount.h\n@@ -1 +1 @@\n-other\n+x\n", "does not fit");
	refuse_diff("--- a/fs/none.h\n+++ b/fs/none.h\n@@ -1 +1 @@\n-x\n+y\n", "not there");
	refuse_diff("--- a/fs/mount.h\n+++ b/fs/mount.h\n@@ -1,9 +1 @@\n-x\n", "cut short");
	refuse_diff(RECONSTRUCT("rm -f '../x.h'"), "leads out");
	refuse_diff(RECONSTRUCT("chmod +x '/etc/passwd'"), "absolute");
	refuse_diff(RECONSTRUCT("ln -sf '../../x.h' 'include/x.h'"), "leads out");
	refuse_diff(RECONSTRUCT("ln -sf '/etc/passwd' 'include/x.h'"), "leads out");
	refuse_diff(RECONSTRUCT("ln -sf 'sched.h' '../x.h'"), "leads out");
	refuse_diff(RECONSTRUCT("ln -sf 'mount.h' 'include/linux/sched.h'"), "comes twice");
	refuse_debian("no such patch", series, none);
	refuse_debian("no such patch", (struct member){ "debian/patches/series", "../../x\n", NULL, 0 }, none);
	refuse_debian("\\x1b[2J", (struct member){ "debian/patches/series", "\033[2J\n", NULL, 0 }, none);
	/* a link instead of a patch */
	refuse_debian("no such patch", series, (struct member){ "debian/patches/a.patch", "", "/etc/passwd", AE_IFLNK });
	refuse_debian("leads out", series, (struct member){ "debian/patches/../../x.h", "x", NULL, 0 });
	refuse_debian("absolute", series, (struct member){ "/debian/patches/a.patch", "x", NULL, 0 });
	refuse_debian("leads out", series,
		      (struct member){ "debian/patches/a.patch", "--- a/../x.h\n+++ b/../x.h\n@@ -0,0 +1 @@\n+x\n", NULL, 0 });
}

static void an_original_that_is_hostile_or_another_is_refused(void **state)
{
	static const struct member hostile[] = { TREE("top/"), { "top/../x.h", "x", NULL, 0 } };
	static const struct member link[] = { TREE("top/"), { "top/scripts/x", "", "../../x.h", AE_IFLNK } };
	static const struct member pipe[] = { TREE("top/"), { "top/fs/mount.h", "", NULL, AE_IFIFO } };
	static const struct {
		const struct member *members;
		const char *words;
	} cases[] = { { hostile, "leads out" }, { link, "leads out" }, { pipe, "a device, pipe" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(package_deinit) struct package p = package_init();
		CLEANUP(buf_deinit) struct buf b = BUF_INIT;

		archive_add_members(&b, ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, ARCHIVE_FILTER_GZIP, cases[i].members, 6);
		package_add(&p, "linux_6.1.orig.tar.gz", &b);
		package_add_diff(&p, DIFF_A);
		package_fails(&p, cases[i].words);
	}
	for (int i = 0; i < 2; i++) {
		CLEANUP(package_deinit) struct package p = package_init();
		CLEANUP(buf_deinit) struct buf b = BUF_INIT;

		package_add_tree(&p);
		package_add_diff(&p, DIFF_A);
		buf_add_str(&b, "no longer the file that it was");
		free(scratch_bytes(&p.dir, i ? "linux_6.1-1.diff.gz" : "linux_6.1.orig.tar.xz", b.data, b.size));
		package_fails(&p, "the .dsc says");
	}
}

/* Input that packs well is not unpacked without end: a diff of more than 1 GiB, archives in archives in archives. */
static void source_packages_that_swell_are_refused(void **state)
{
	CLEANUP(package_deinit) struct package p = package_init();
	CLEANUP(buf_deinit) struct buf b = BUF_INIT, deb = BUF_INIT, inner = BUF_INIT, text = BUF_INIT;
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	static char zeros[1 << 20], bytes[8 << 20];
	size_t used = 0;

	(void)state;
	package_add_tree(&p);
	archive_write_set_format_raw(a);
	archive_write_add_filter_gzip(a);
	archive_write_open_memory(a, bytes, sizeof(bytes), &used);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_write_header(a, entry);
	for (int i = 0; i < 1025; i++)
		archive_write_data(a, zeros, sizeof(zeros));
	archive_write_close(a);
	archive_write_free(a);
	archive_entry_free(entry);
	buf_add(&b, bytes, used);
	package_add(&p, "linux_6.1-1.diff.gz", &b);
	package_fails(&p, "holds more than");
	/* A tree four archives deep is not found. */
	archive_add_good(&inner, ARCHIVE_FILTER_NONE);
	archive_add_tar_member(&text, "usr/src/linux-source-6.1.tar.xz", &inner);
	archive_add_deb(&deb, "./usr/src/linux-source-6.1.tar.xz", &text);
	free(p.dsc);
	p.dsc = scratch_bytes(&p.dir, "deep.deb", deb.data, deb.size);
	assert_err(unpack_tree(p.dsc, p.out, &(bool){ false }), ERR_ABSENT, "no kernel source");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_package_of_one_diff_is_a_tree),
		cmocka_unit_test(a_source_package_of_many_patches_is_a_tree),
		cmocka_unit_test(hostile_source_packages_are_refused),
		cmocka_unit_test(an_original_that_is_hostile_or_another_is_refused),
		cmocka_unit_test(source_packages_that_swell_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
