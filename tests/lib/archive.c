#include "tests/lib/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"

const struct member archive_good[] = {
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

void archive_add_members(struct buf *b, int format, int filter, const struct member *members,
			 size_t count)
{
	static char bytes[4 << 20];
	struct archive *a = archive_write_new();
	size_t used = 0;

	if (archive_write_set_format(a, format) != ARCHIVE_OK || archive_write_add_filter(a, filter) != ARCHIVE_OK ||
	    archive_write_open_memory(a, bytes, sizeof(bytes), &used) != ARCHIVE_OK)
		abort();
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

void archive_add_good(struct buf *b, int filter)
{
	TARBALL(b, filter, archive_good);
}

void archive_add_ar_member(struct buf *b, const char *name, const struct buf *data)
{
	if (!b->size)
		buf_add_str(b, "!<arch>\n");
	buf_addf(b, "%-16s%-12d%-6d%-6d%-8o%-10zu`\n", name, 0, 0, 0, 0100644, data->size);
	buf_add(b, data->data, data->size);
	if (data->size % 2)
		buf_add_char(b, '\n');
}

void archive_add_tar_member(struct buf *b, const char *name, const struct buf *data)
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

void archive_add_deb(struct buf *deb, const char *name, const struct buf *content)
{
	CLEANUP(buf_deinit) struct buf version = BUF_INIT, data = BUF_INIT;

	buf_add_str(&version, "2.0\n");
	archive_add_tar_member(&data, name, content);
	archive_add_ar_member(deb, "debian-binary", &version);
	archive_add_ar_member(deb, "data.tar", &data);
}
