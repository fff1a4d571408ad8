/* archive: archives and packages for tests, made member by member, and what is expected of a tree. */
#ifndef TESTS_LIB_ARCHIVE_H
#define TESTS_LIB_ARCHIVE_H

#include <archive.h>
#include <archive_entry.h>

#include "base/buf.h"

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

/* A tree in its folder, with links. */
extern const struct member archive_good[];

/* Writes an archive of these members; filter and format are ARCHIVE_... codes. */
void archive_add_members(struct buf *b, int format, int filter, const struct member *members,
			 size_t count);
#define TARBALL(b, filter, members) \
	archive_add_members(b, ARCHIVE_FORMAT_TAR_USTAR, filter, members, sizeof(members) / sizeof(members[0]))
/* A tarball of archive_good. */
void archive_add_good(struct buf *b, int filter);
/* An ar archive by hand: its members' bytes may hold anything. */
void archive_add_ar_member(struct buf *b, const char *name, const struct buf *data);
/* A tar archive of one member that may hold anything. */
void archive_add_tar_member(struct buf *b, const char *name, const struct buf *data);
/* A .deb whose only member is content. */
void archive_add_deb(struct buf *deb, const char *name, const struct buf *content);

void expect_text(const char *folder, const char *name, const char *expected);
void expect_no_file(const char *folder, const char *name);

#endif
