#include "recover/parse/page_cache.h"

#include <string.h>

#include "base/view.h"

#define FOLIO_PAGES_MAX 1024
#define PFN_MAX (UINT64_C(1) << 40)

#define MAPPING_ROOT 16
#define NODE_SLOTS 40
#define NODE_SLOT_COUNT 64
#define NODE_SIZE (NODE_SLOTS + 8 * NODE_SLOT_COUNT)
#define NODE_BITS 6
#define NODES_MAX 64 /* read for one file */

#define INODE_SIZE 1024 /* bytes whose pointers we follow; the largest inode has about 1100 */
#define DENTRY_BEFORE 256 /* bytes of a dentry before the list node in it */
#define DENTRY_NAME_END 128 /* bytes of a dentry up to the end of its short name */

void page_cache_init(struct page_cache *pc, const struct xlat *kernel,
		     const struct page_layout *layout)
{
	*pc = (struct page_cache){ .kernel = kernel, .layout = *layout };
}

static bool is_kernel_pointer(uint64_t va)
{
	return kaddr_is_kernel(KADDR(va)) && va % 8 == 0;
}

/* Only the loss of the source is an error here. What cannot be read counts as missing. */
static struct err *only_fatal(struct err *e)
{
	if (err_is_fatal(e))
		return e;
	err_discard(e);
	return NULL;
}

/* Reads [va, va + size). *done false: a part of it is missing. */
static struct err *try_read(struct page_cache *pc, uint64_t va, void *to, size_t size, bool *done)
{
	struct err *e;

	*done = false;
	if (va + size < va)
		return NULL;
	e = xlat_read(pc->kernel, va, to, size);
	*done = !e;
	return only_fatal(e);
}

/* Does what try_read() does, through the page that is held. */
static struct err *read_held(struct page_cache *pc, uint64_t va, void *to, size_t size, bool *done)
{
	*done = true;
	while (size && *done) {
		uint64_t start = va & PAGE_MASK, offset = va - start;
		size_t piece = size < PAGE_SIZE - offset ? size : (size_t)(PAGE_SIZE - offset);

		if (start != pc->held_at) {
			struct err *e;

			pc->held_at = 0;
			e = try_read(pc, start, pc->held, sizeof(pc->held), done);
			if (e || !*done)
				return e;
			pc->held_at = start;
		}
		memcpy(to, pc->held + offset, piece);
		to = (uint8_t *)to + piece;
		va += piece;
		size -= piece;
	}
	return NULL;
}

static struct err *read_word(struct page_cache *pc, uint64_t va, uint64_t *ret, bool *done)
{
	uint8_t raw[8];
	struct err *e = read_held(pc, va, raw, sizeof(raw), done);

	if (e || !*done)
		return e;
	*ret = load_u64(raw);
	return NULL;
}

/* The struct page of a folio's first page, from the compound_head word in the struct page of another;
 * 0: the word makes no sense. It is the address itself. Since 7.x it may be a mask instead, which
 * makes the address out of that of the struct page that has the word. */
static uint64_t head_of(const struct page_cache *pc, uint64_t page, uint64_t word)
{
	uint64_t value = word & ~UINT64_C(1), low = ~value;
	bool mask = value && !(low & (low + 1)) && low < FOLIO_PAGES_MAX * pc->layout.size;
	uint64_t head = mask ? page & value : value;

	if (head >= page || page - head >= (uint64_t)FOLIO_PAGES_MAX * pc->layout.size ||
	    (page - head) % pc->layout.size || head < pc->layout.vmemmap_base)
		return 0;
	return head;
}

struct err *page_cache_place(struct page_cache *pc, struct paddr at, struct page_place *ret)
{
	const struct page_layout *layout = &pc->layout;
	uint64_t pfn = at.v >> PAGE_SHIFT, page, head, word, mapping = 0, index = 0;
	struct err *e;
	bool done;

	*ret = (struct page_place){ 0 };
	if (pfn >= PFN_MAX)
		return NULL;
	head = page = layout->vmemmap_base + pfn * layout->size;
	e = read_word(pc, page + layout->compound_head, &word, &done);
	if (e || !done)
		return e;
	ret->known = true;
	if (word & 1)
		head = head_of(pc, page, word);
	if (!head)
		return NULL;
	e = read_word(pc, head + layout->mapping, &mapping, &done);
	if (e || !done)
		return e;
	e = read_word(pc, head + layout->mapping + 8, &index, &done);
	if (e || !done || !is_kernel_pointer(mapping))
		return e;
	*ret = (struct page_place){ mapping, index + (page - head) / layout->size, true };
	return NULL;
}

/* Finds the short name in bytes of a dentry, by the words before it that point to the name and to the
 * inode (0: any inode). base: address of bytes[0]. *ret: where in bytes[] the name begins. */
static bool find_name(const uint8_t *bytes, size_t size, uint64_t base, uint64_t inode,
		      char name[PAGE_CACHE_NAME_MAX], size_t *ret)
{
	for (size_t i = 32; i + 8 <= size; i += 8) {
		size_t room = size - i < PAGE_CACHE_NAME_MAX ? size - i : PAGE_CACHE_NAME_MAX;
		size_t n = strnlen((const char *)bytes + i, room);

		if ((inode && load_u64(bytes + i - 8) != inode) ||
		    load_u64(bytes + i - 16) != base + i)
			continue;
		if (!n || n == room || (n > 1 && memchr(bytes + i, '/', n)))
			return false;
		memcpy(name, bytes + i, n + 1);
		*ret = i;
		return true;
	}
	return false;
}

/* Finds the folder's name, from the bytes before a file's name at bytes[name]. */
static struct err *find_folder(struct page_cache *pc, const uint8_t *bytes, size_t name,
			       char ret[PAGE_CACHE_NAME_MAX])
{
	uint64_t parent = load_u64(bytes + name - 32);
	uint8_t dentry[DENTRY_NAME_END];
	struct err *e;
	bool done;
	size_t at;

	if (!is_kernel_pointer(parent))
		return NULL;
	e = try_read(pc, parent, dentry, sizeof(dentry), &done);
	if (!e && done)
		find_name(dentry, sizeof(dentry), parent, 0, ret, &at);
	return e;
}

struct err *page_cache_name(struct page_cache *pc, uint64_t mapping, struct page_cache_name *ret)
{
	uint8_t bytes[INODE_SIZE], near[DENTRY_BEFORE];
	uint64_t inode;
	struct err *e;
	size_t size = 0, at;
	bool done;

	*ret = (struct page_cache_name){ 0 };
	e = try_read(pc, mapping, bytes, 8, &done);
	inode = e || !done ? 0 : load_u64(bytes);
	if (!is_kernel_pointer(inode))
		return e;
	e = only_fatal(xlat_read_some(pc->kernel, inode, bytes, sizeof(bytes), &size));
	if (e)
		return e;
	/* one of the inode's pointers is i_dentry, which leads into the middle of a dentry */
	for (size_t i = 0; i + 8 <= size; i += 8) {
		uint64_t node = load_u64(bytes + i), base = node - sizeof(near);

		if (!is_kernel_pointer(node))
			continue;
		e = try_read(pc, base, near, sizeof(near), &done);
		if (e)
			return e;
		if (done && find_name(near, sizeof(near), base, inode, ret->file, &at))
			return find_folder(pc, near, at, ret->folder);
	}
	return NULL;
}

/* A node of the tree that we still have to read. */
struct node_todo {
	uint64_t entry;
	uint64_t index; /* of the first page below it */
	unsigned int shift_max;
};

struct node_list {
	struct node_todo list[NODES_MAX];
	size_t count;
};

/* A pointer to a node has bit 1 set; before 4.20 it had bit 0 set. */
static bool is_node(uint64_t entry)
{
	unsigned int tag = entry & 3;

	return kaddr_is_kernel(KADDR(entry)) && (tag == 1 || tag == 2);
}

/* Takes the page of a leaf entry, if its struct page says the same. */
static struct err *take_page(struct page_cache *pc, uint64_t mapping, uint64_t entry,
			     uint64_t index, struct paddr *at, size_t count)
{
	const struct page_layout *layout = &pc->layout;
	uint64_t pfn = (entry - layout->vmemmap_base) / layout->size;
	struct page_place place;
	struct err *e;

	if (entry < layout->vmemmap_base || (entry - layout->vmemmap_base) % layout->size ||
	    pfn >= PFN_MAX)
		return NULL;
	/* a large folio is in the tree once, at its first page, or in old trees at each page */
	for (uint64_t i = 0; i < FOLIO_PAGES_MAX && index + i < count; i++) {
		struct paddr page = PADDR((pfn + i) << PAGE_SHIFT);

		e = page_cache_place(pc, page, &place);
		if (e || place.mapping != mapping || place.index != index + i)
			return e;
		at[index + i] = page;
	}
	return NULL;
}

/* Takes the pages of one node, and adds the nodes below it to todo. */
static struct err *read_node(struct page_cache *pc, uint64_t mapping, struct node_todo node,
			     struct node_list *todo, struct paddr *at, size_t count)
{
	uint8_t bytes[NODE_SIZE];
	unsigned int shift;
	struct err *e;
	bool done;

	if (!is_node(node.entry))
		return take_page(pc, mapping, node.entry, node.index, at, count);
	e = try_read(pc, node.entry & ~UINT64_C(3), bytes, sizeof(bytes), &done);
	if (e || !done)
		return e;
	shift = bytes[0];
	if (shift % NODE_BITS || shift > node.shift_max)
		return NULL;
	for (size_t i = 0; i < NODE_SLOT_COUNT; i++) {
		uint64_t entry = load_u64(bytes + NODE_SLOTS + 8 * i);
		uint64_t index = node.index + ((uint64_t)i << shift);

		if (index >= count)
			break;
		if (is_node(entry)) {
			if (shift && todo->count < NODES_MAX)
				todo->list[todo->count++] =
					(struct node_todo){ entry, index, shift - NODE_BITS };
			continue;
		}
		e = take_page(pc, mapping, entry, index, at, count);
		if (e)
			return e;
	}
	return NULL;
}

struct err *page_cache_pages(struct page_cache *pc, uint64_t mapping, struct paddr *at,
			     size_t count)
{
	struct node_list todo = { .count = 1 };
	uint8_t raw[8];
	struct err *e;
	bool done;

	e = try_read(pc, mapping + MAPPING_ROOT, raw, sizeof(raw), &done);
	if (e || !done)
		return e;
	todo.list[0] = (struct node_todo){ load_u64(raw), 0, 60 };
	for (size_t i = 0; i < todo.count; i++) {
		e = read_node(pc, mapping, todo.list[i], &todo, at, count);
		if (e)
			return e;
	}
	return NULL;
}
