#include "offsets/fit/entries.h"

#include <string.h>

#define PATH_MAX_DEPTH 16
#define PAGES_MAX 4 /* of one file */

static void check_super_block(struct fit *f, uint64_t at)
{
	CLEANUP(fit_object_deinit) struct fit_object s = { .bytes = NULL };
	char type[64] = "", id[64];
	uint64_t name = 0, back = 0, root, size = fit_length(f, "super_block", "s_id");

	if (!fit_is_new(f, at) || !fit_read(f, "super_block", "super_block: can be read", at, &s))
		return;
	root = fit_get(&s, "s_root");
	fit_check(f, "super_block.s_list: a list", fit_list_ok(f, fit_at(&s, "s_list")), at);
	if (fit_object_has(&s, "s_inodes_wb"))
		fit_check(f, "super_block.s_inodes_wb: a list", fit_list_ok(f, fit_at(&s, "s_inodes_wb")), at);
	fit_check(f, "super_block.s_type: has a name",
		  live_u64(f->live, fit_get(&s, "s_type") + fit_offset(f, "file_system_type", "name"),
			   &name) && live_text(f->live, name, type, sizeof(type)), at);
	fit_check(f, "super_block.s_root: leads back",
		  !root || (live_u64(f->live, root + fit_offset(f, "dentry", "d_sb"), &back) && back == at),
		  at);
	fit_check(f, "super_block.s_id: a name",
		  size <= sizeof(id) && live_text(f->live, fit_at(&s, "s_id"), id, size), at);
	fit_check(f, "super_block.s_magic, s_dev: not 0", fit_get(&s, "s_magic") && fit_get(&s, "s_dev") &&
		  !(fit_get(&s, "s_magic") >> 32), at);
	fit_check(f, "super_block.s_fs_info: 0, or an address",
		  !fit_get(&s, "s_fs_info") || live_is_kernel(fit_get(&s, "s_fs_info")), at);
}

/* A file system in user space (FUSE) may say anything of its inodes, and a process may open a device file of
 * number 0 with O_PATH. */
static void check_inode_numbers(struct fit *f, const struct fit_object *i)
{
	uint64_t type = fit_get(i, "i_mode") >> 12, device = fit_get(i, "i_rdev");

	fit_check_process(f, "inode.i_ino: not 0", fit_get(i, "i_ino") != 0, i->at);
	fit_check_process(f, "inode.i_nlink: small", (uint32_t)fit_get(i, "i_nlink") < 1 << 24, i->at);
	if (type == 2 || type == 6)
		fit_check_process(f, "inode.i_rdev: of a device", device != 0, i->at);
	else
		fit_check(f, "inode.i_rdev: 0 but for devices", device == 0, i->at);
}

/* The first pages of a file: each lies in the slot of the tree that has its number. A pointer to a node is
 * tagged in bit 1 (xarray) or in bit 0 (radix tree). A slot that only continues a page of several slots is
 * tagged in bit 1. A single page needs no node. */
static void check_pages(struct fit *f, uint64_t mapping, uint64_t map_shift, bool several)
{
	uint64_t entry = 0, node, slots = fit_offset(f, "radix_tree_node", "slots");
	uint64_t index_at = fit_offset(f, "page", "index"), page, index;
	uint8_t shift = 0xff;

	if (!live_u64(f->live, mapping + fit_offset(f, "address_space", "i_pages") +
				       fit_offset(f, "radix_tree_root", "head"), &entry))
		return;
	fit_check(f, "address_space.i_pages: not empty where there are pages", entry, mapping);
	if (!several && !(entry & 3))
		return;
	do {
		uint8_t above = shift;

		node = entry & ~UINT64_C(3);
		if (!fit_check(f, "address_space.i_pages: a tree of nodes",
			       entry & 3 && fit_is_pointer(node) &&
				       live_read(f->live, node + fit_offset(f, "radix_tree_node", "shift"),
						 &shift, 1) &&
				       shift % map_shift == 0 && shift <= 60 && shift < above, mapping))
			return;
	} while (shift && live_u64(f->live, node + slots, &entry) && entry);
	for (uint64_t i = 0; i < PAGES_MAX && !shift; i++)
		if (live_u64(f->live, node + slots + 8 * i, &page) && page && !(page & 3))
			fit_check(f, "page.index: the number of its slot",
				  live_u64(f->live, page + index_at, &index) && index == i, page);
}

void fit_inode(struct fit *f, uint64_t at, uint64_t sb)
{
	CLEANUP(fit_object_deinit) struct fit_object i = { .bytes = NULL };
	uint64_t mode, type, mapping, host = 0, pages = 0, map_shift = 0;

	if (!fit_is_new(f, at) || !fit_read(f, "inode", "inode: can be read", at, &i))
		return;
	mode = fit_get(&i, "i_mode");
	type = mode >> 12;
	mapping = fit_get(&i, "i_mapping");
	fit_check(f, "inode.i_mode: a type of file", type == 0 || type == 1 || type == 2 || type == 4 ||
		  type == 6 || type == 8 || type == 10 || type == 12, at);
	fit_check(f, "inode.i_sb: as the entry's", fit_get(&i, "i_sb") == sb, at);
	fit_check(f, "inode.i_op, i_fop, i_mapping: pointers",
		  fit_is_pointer(fit_get(&i, "i_op")) && fit_is_pointer(fit_get(&i, "i_fop")) &&
			  fit_is_pointer(mapping), at);
	fit_check(f, "inode.i_size: not negative", !(fit_get(&i, "i_size") >> 63), at);
	check_inode_numbers(f, &i);
	if (type != 8 && type != 4)
		return;
	fit_check(f, "address_space.host: leads back",
		  live_u64(f->live, mapping + fit_offset(f, "address_space", "host"), &host) && host == at,
		  at);
	if (type == 8 && live_u64(f->live, mapping + fit_offset(f, "address_space", "nrpages"), &pages)) {
		fit_check(f, "address_space.nrpages: not more than there are",
			  pages <= f->live->ram_end >> 12, at);
		/* fallocate() may put more behind the end */
		fit_check_process(f, "address_space.nrpages: not more than the file has",
				  pages <= (fit_get(&i, "i_size") >> 12) + 512, at);
	}
	fit_const(f, "RADIX_TREE_MAP_SHIFT", &map_shift);
	if (type == 8 && pages && map_shift)
		check_pages(f, mapping, map_shift, pages > 1);
}

/* A name may have any byte in it but NUL, which ends it. */
static bool is_entry_name(struct fit *f, uint64_t text, uint64_t length)
{
	char name[256];

	return length < sizeof(name) && (!length || (live_read(f->live, text, name, length + 1) &&
						     strnlen(name, length + 1) == length));
}

/* One entry. *parent: the next one up, or this one itself at the root. *ok: whether to go there. */
static void check_dentry(struct fit *f, uint64_t at, uint64_t *parent, bool *ok)
{
	CLEANUP(fit_object_deinit) struct fit_object d = { .bytes = NULL };
	uint64_t text, length, inode, sb, operations;

	*ok = fit_is_new(f, at) && fit_read(f, "dentry", "dentry: can be read", at, &d);
	if (!*ok)
		return;
	*parent = fit_get(&d, "d_parent");
	text = fit_get(&d, "d_name_name");
	length = fit_get(&d, "d_name_len");
	inode = fit_get(&d, "d_inode");
	sb = fit_get(&d, "d_sb");
	operations = fit_get(&d, "d_op");
	fit_check(f, "dentry.d_parent: a pointer", fit_is_pointer(*parent), at);
	fit_check(f, "dentry.d_name: as long as it says", is_entry_name(f, text, length), at);
	fit_check(f, "dentry.d_iname: holds short names",
		  !length || length >= fit_length(f, "dentry", "d_iname") || text == fit_at(&d, "d_iname"), at);
	fit_check(f, "dentry.d_op: 0, or a pointer", !operations || fit_is_pointer(operations), at);
	fit_check(f, "dentry.d_flags: known bits", !(fit_get(&d, "d_flags") >> 32), at);
	fit_check(f, "dentry.d_hash.pprev: 0, or a pointer",
		  !fit_get(&d, "d_hash_pprev") || fit_is_pointer(fit_get(&d, "d_hash_pprev") & ~UINT64_C(7)),
		  at);
	if (!fit_check(f, "dentry.d_sb, d_inode: pointers", fit_is_pointer(sb) && fit_is_pointer(inode), at))
		return;
	fit_inode(f, inode, sb);
	check_super_block(f, sb);
	*ok = fit_is_pointer(*parent);
}

void fit_path(struct fit *f, uint64_t dentry)
{
	for (int depth = 0; depth < PATH_MAX_DEPTH; depth++) {
		uint64_t parent = dentry;
		bool ok = false;

		check_dentry(f, dentry, &parent, &ok);
		if (!ok || parent == dentry)
			return;
		dentry = parent;
	}
}
