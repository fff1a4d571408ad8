/* archive: makes archives and packages for tests, member by member, and checks a tree. */
#ifndef TESTS_LIB_ARCHIVE_H
#define TESTS_LIB_ARCHIVE_H

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "tests/lib/unit.h"

/* A member of an archive: a file with text, a folder (text NULL), or a link. */
struct member {
	const char *name, *text, *target;
	mode_t type; /* 0: AE_IFREG, or AE_IFDIR where there is no text */
};

/* The fewest files that pass for a kernel tree. */
#define TREE(top) \
	{ top "Makefile", "all:\n", NULL, 0 }, { top "Kconfig", "config X\n", NULL, 0 }, \
	{ top "scripts/Makefile.build", "#\n", NULL, 0 }, \
	{ top "arch/x86/Makefile", "#\n", NULL, 0 }, \
	{ top "include/linux/sched.h", "struct task_struct;\n", NULL, 0 }

/* A tree in its folder, with links. */
extern const struct member archive_good[];

/* Writes an archive of these members; filter and format are ARCHIVE_... codes. */
void archive_add_members(struct buf *b, int format, int filter, const struct member *members,
			 size_t count);
#define TARBALL(b, filter, members) \
	archive_add_members(b, ARCHIVE_FORMAT_TAR_USTAR, filter, members, sizeof(members) / sizeof(members[0]))
/* A tarball of archive_good. */
void archive_add_good(struct buf *b, int filter);
/* An ar archive made by hand, whose members may hold any bytes. */
void archive_add_ar_member(struct buf *b, const char *name, const struct buf *data);
/* A tar archive of one member, which may hold any bytes. */
void archive_add_tar_member(struct buf *b, const char *name, const struct buf *data);
/* A .deb whose only member is content. */
void archive_add_deb(struct buf *deb, const char *name, const struct buf *content);

/* What a test expects of a tree. */
static inline void expect_text(const char *folder, const char *name, const char *expected)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s/%s", folder, name);
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;

	assert_ok(file_read(path, 4096, &text));
	assert_string_equal(buf_str(&text), expected);
}

static inline void expect_no_file(const char *folder, const char *name)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s/%s", folder, name);
	struct stat st;

	assert_int_equal(lstat(path, &st), -1);
}

#endif
