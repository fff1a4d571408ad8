#include "tests/lib/unit.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel-src/sha256.h"
#include "kernel-src/unpack.h"
#include "tests/lib/scratch.h"

/* A member of an archive: a file with text, a folder (text NULL), or a link. */
struct member {
	const char *name, *text, *target;
	mode_t type; /* 0: AE_IFREG, or AE_IFDIR where there is no text */
};

/* The least that passes for a kernel tree. */
#define TREE(top) \
	{ top "Makefile", "all:\n", NULL, 0 }, { top "Kconfig", "config X\n", NULL, 0 }, \
	{ top "scripts/Makefile.build", "#\n", NULL, 0 }, \
	{ top "arch/x86/Makefile", "#\n", NULL, 0 }, \
	{ top "include/linux/sched.h", "struct task_struct;\n", NULL, 0 }

/* Writes an archive of these members; filter and format are ARCHIVE_... codes. */
static void add_members(struct buf *b, int format, int filter, const struct member *members,
			size_t count)
{
	static char bytes[4 << 20];
	struct archive *a = archive_write_new();
	size_t used = 0;

	assert_int_equal(archive_write_set_format(a, format), ARCHIVE_OK);
	assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
	assert_int_equal(archive_write_open_memory(a, bytes, sizeof(bytes), &used), ARCHIVE_OK);
	for (size_t i = 0; i < count; i++) {
		const struct member *m = &members[i];
		struct archive_entry *entry = archive_entry_new();
		size_t size = m->text ? strlen(m->text) : 0;

		archive_entry_set_pathname(entry, m->name);
		archive_entry_set_filetype(entry, m->type ? m->type : m->text ? AE_IFREG : AE_IFDIR);
		archive_entry_set_perm(entry, 0755);
		archive_entry_set_size(entry, (la_int64_t)size);
		if (m->type == AE_IFLNK)
			archive_entry_set_symlink(entry, m->target);
		else if (m->target)
			archive_entry_set_hardlink(entry, m->target);
		if (archive_write_header(a, entry) == ARCHIVE_OK && size)
			archive_write_data(a, m->text, size);
		archive_entry_free(entry);
	}
	archive_write_close(a);
	archive_write_free(a);
	buf_add(b, bytes, used);
}

#define TARBALL(b, filter, members) \
	add_members(b, ARCHIVE_FORMAT_TAR_USTAR, filter, members, sizeof(members) / sizeof(members[0]))

/* An ar archive by hand: its members' bytes may hold anything. */
static void add_ar_member(struct buf *b, const char *name, const struct buf *data)
{
	if (!b->size)
		buf_add_str(b, "!<arch>\n");
	buf_addf(b, "%-16s%-12d%-6d%-6d%-8o%-10zu`\n", name, 0, 0, 0, 0100644, data->size);
	buf_add(b, data->data, data->size);
	if (data->size % 2)
		buf_add_char(b, '\n');
}

/* A tar archive of one member that may hold anything. */
static void add_tar_member(struct buf *b, const char *name, const struct buf *data)
{
	struct archive *a = archive_write_new();
	size_t used = 0, room = data->size + 65536;
	CLEANUP(free_ptr) char *bytes = xmalloc(room);
	struct archive_entry *entry = archive_entry_new();

	archive_write_set_format(a, ARCHIVE_FORMAT_TAR_USTAR);
	archive_write_open_memory(a, bytes, room, &used);
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_size(entry, (la_int64_t)data->size);
	archive_write_header(a, entry);
	archive_write_data(a, data->data, data->size);
	archive_write_close(a);
	archive_write_free(a);
	archive_entry_free(entry);
	buf_add(b, bytes, used);
}

static void add_deb(struct buf *deb, const char *name, const struct buf *content)
{
	CLEANUP(buf_deinit) struct buf version = BUF_INIT, data = BUF_INIT;

	buf_add_str(&version, "2.0\n");
	add_tar_member(&data, name, content);
	add_ar_member(deb, "debian-binary", &version);
	add_ar_member(deb, "data.tar", &data);
}

static void expect_text(const char *folder, const char *name, const char *expected)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s/%s", folder, name);
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;

	assert_ok(file_read(path, 4096, &text));
	assert_string_equal(buf_str(&text), expected);
}

static void expect_no_file(const char *folder, const char *name)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s/%s", folder, name);
	struct stat st;

	assert_int_equal(lstat(path, &st), -1);
}

static const struct member good[] = {
	{ "linux-6.1/", NULL, NULL, 0 },
	TREE("linux-6.1/"),
	{ "linux-6.1/scripts/link", "", "../include/linux/sched.h", AE_IFLNK },
	{ "linux-6.1/scripts/dangling", "", "../arch/arm/boot/dts", AE_IFLNK },
	{ "linux-6.1/fs/mount.h", "struct mount;\n", NULL, 0 },
	{ "linux-6.1/fs/namespace.c", "int x;\n", NULL, 0 },
	{ "linux-6.1/drivers/net/ethernet/Kconfig", "config E\n", NULL, 0 },
	{ "linux-6.1/drivers/net/ethernet/e.h", "int e;\n", NULL, 0 },
	{ "linux-6.1/kernel/bounds.c", "int b;\n", NULL, 0 },
	{ "linux-6.1/include/linux/same.h", "", "linux-6.1/include/linux/sched.h", 0 },
};

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

		TARBALL(&b, filters[i], good);
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

		TARBALL(&tarball, i ? ARCHIVE_FILTER_BZIP2 : ARCHIVE_FILTER_XZ, good);
		add_deb(&deb, names[i], &tarball);
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
	TARBALL(&b, ARCHIVE_FILTER_NONE, good);
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
	/* A folder of the user's is not this program's to remove. */
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
	TARBALL(&b, ARCHIVE_FILTER_NONE, good);
	source = scratch_bytes(&dir, "a.tar", b.data, b.size);
	assert_ok(unpack_tree(source, tree, &fresh));
	assert_ok(unpack_tree(tree, out, &fresh));
	expect_good_tree(out);
	assert_ok(unpack_tree(tree, out, &fresh));
	assert_ok(unpack_tree(source, out, &fresh)); /* the link goes, the folder stays */
	expect_good_tree(tree);
	assert_err(unpack_tree(dir.path, out, &fresh), ERR_ABSENT, "no kernel source");
}

/* A tree with one more member fails with this, and leaves nothing. */
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
	add_members(&b, ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, ARCHIVE_FILTER_NONE, members, count);
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
	/* Each is within the tree by its letters; together they lead out. */
	REFUSE("through another link", { "top/scripts/a/b/c/up", "", "../../../..", AE_IFLNK },
	       { "top/scripts/x", "", "a/b/c/up/../x.h", AE_IFLNK });
	/* First a link, then a file through it; or a file, then a link in its place. */
	REFUSE("comes twice", { "top/scripts/x", "", "../include", AE_IFLNK },
	       { "top/scripts/x/y.h", "x", NULL, 0 });
	REFUSE("comes twice", { "top/include/x.h", "x", NULL, 0 },
	       { "top/include/x.h", "", "linux/sched.h", AE_IFLNK });
	REFUSE("not a folder", { "top/scripts/x", "", "../include", AE_IFLNK },
	       { "top/scripts/x/y", "", "sched.h", AE_IFLNK });
	/* Hard links to what is not there, or not in the tree. */
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
		{ good, "./usr/src/../../linux-source-6.1.tar.xz", "leads out" },
		{ good, "/usr/src/linux-source-6.1.tar.xz", "absolute" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
		CLEANUP(buf_deinit) struct buf tarball = BUF_INIT, deb = BUF_INIT;
		CLEANUP(free_ptr) char *source = NULL, *out = scratch_path(&dir, "in/out");
		bool fresh;

		add_members(&tarball, ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, ARCHIVE_FILTER_XZ, cases[i].members, 6);
		add_deb(&deb, cases[i].name, &tarball);
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
	TARBALL(&tarball, ARCHIVE_FILTER_XZ, good);
	cut = scratch_bytes(&dir, "cut.tar.xz", tarball.data, tarball.size - 40);
	assert_err(unpack_tree(cut, out, &fresh), ERR_DATA, "cut short");
	tarball.data[tarball.size / 2] ^= 1;
	flipped = scratch_bytes(&dir, "flipped.tar.xz", tarball.data, tarball.size);
	assert_err(unpack_tree(flipped, out, &fresh), ERR_DATA, "flipped.tar.xz");
	add_deb(&deb, "./usr/src/linux-source-6.1.tar.xz", &tarball);
	package = scratch_bytes(&dir, "a.deb", deb.data, deb.size);
	assert_err(unpack_tree(package, out, &fresh), ERR_DATA, "linux-source-6.1.tar.xz");
	path = scratch_file(&dir, "text", "no archive\n");
	assert_err(unpack_tree(path, out, &fresh), ERR_DATA, "text");
	add_deb(&other, "./usr/share/doc/x", &tarball);
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
	TARBALL(&b, ARCHIVE_FILTER_NONE, good);
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
	add_deb(&deb, "./usr/src/linux-config-6.1/config.amd64_none_amd64", &config);
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

/* --- source packages --- */

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

	TARBALL(&b, ARCHIVE_FILTER_XZ, good);
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

	add_members(&b, ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, ARCHIVE_FILTER_XZ, members, count);
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
	const struct package_visitor visitor = { is_mount, note_file, &seen, 4096 };

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
	/* not a patch but a way to one */
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

		add_members(&b, ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, ARCHIVE_FILTER_GZIP, cases[i].members, 6);
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

/* What packs well is not unpacked without end: a diff of 1 GiB and more, an archive in an archive in an archive. */
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
	/* A tree four archives deep is none. */
	TARBALL(&inner, ARCHIVE_FILTER_NONE, good);
	add_tar_member(&text, "usr/src/linux-source-6.1.tar.xz", &inner);
	add_deb(&deb, "./usr/src/linux-source-6.1.tar.xz", &text);
	free(p.dsc);
	p.dsc = scratch_bytes(&p.dir, "deep.deb", deb.data, deb.size);
	assert_err(unpack_tree(p.dsc, p.out, &(bool){ false }), ERR_ABSENT, "no kernel source");
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
		cmocka_unit_test(a_source_package_of_one_diff_is_a_tree),
		cmocka_unit_test(a_source_package_of_many_patches_is_a_tree),
		cmocka_unit_test(hostile_source_packages_are_refused),
		cmocka_unit_test(an_original_that_is_hostile_or_another_is_refused),
		cmocka_unit_test(source_packages_that_swell_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
