#include "tests/lib/config_image.h"

#include <string.h>

#include "base/alloc.h"
#include "memory/source.h"

#define TABLES UINT64_C(0x1000)	    /* top level, then two each for the two regions */
#define OBJECTS (UINT64_C(40) << 20)
#define VMEMMAP_AT (UINT64_C(32) << 20)
#define STRUCT_PAGE 64

static struct err *image_read(struct memory *m, struct memory_read *reads, size_t n)
{
	const uint8_t *bytes = m->source;

	for (size_t i = 0; i < n; i++) {
		memcpy(reads[i].to, bytes + reads[i].at.v, reads[i].size);
		reads[i].status = MEMORY_OK;
	}
	return NULL;
}

static void image_close(struct memory *m)
{
	(void)m;
}

static const struct memory_ops image_ops = { .scheme = "image", .close = image_close,
					     .read = image_read };

static void put_physical(struct config_image *i, uint64_t at, uint64_t value)
{
	memcpy(i->bytes + at, &value, sizeof(value));
}

/* Maps [va, va + size) to [at, at + size) in pages of 2 MiB, with tables at `tables`. */
static void map(struct config_image *i, uint64_t tables, uint64_t va, uint64_t at, uint64_t size)
{
	put_physical(i, TABLES + (va >> 39 & 511) * 8, tables | 3);
	put_physical(i, tables + (va >> 30 & 511) * 8, (tables + PAGE_SIZE) | 3);
	for (uint64_t done = 0; done < size; done += UINT64_C(2) << 20)
		put_physical(i, tables + PAGE_SIZE + ((va + done) >> 21 & 511) * 8,
			     (at + done) | 0x83);
}

struct memory *config_image_memory(const struct config_image *i)
{
	struct memory *m = memory_new(&image_ops, "image:", i->bytes);

	ram_map_add(&m->ram_map, PADDR(0), PADDR(IMAGE_SIZE));
	return m;
}

void config_image_init(struct config_image *i)
{
	*i = (struct config_image){ .bytes = xcalloc(1, IMAGE_SIZE), .next_object = OBJECTS,
				    .mapping = 24, .compound_head = 8, .node_tag = 2, .folder = "boot" };
	i->memory = config_image_memory(i);
	i->kernel = (struct xlat){ i->memory, PADDR(TABLES), 4, 0 };
	map(i, TABLES + PAGE_SIZE, IMAGE_DIRECT, 0, IMAGE_SIZE);
	map(i, TABLES + 3 * PAGE_SIZE, IMAGE_VMEMMAP, VMEMMAP_AT, UINT64_C(2) << 20);
}

void config_image_deinit(struct config_image *i)
{
	memory_close(i->memory);
	free(i->bytes);
}

void *config_image_at(struct config_image *i, uint64_t va)
{
	return va >= IMAGE_VMEMMAP ? i->bytes + VMEMMAP_AT + (va - IMAGE_VMEMMAP) :
				     i->bytes + (va - IMAGE_DIRECT);
}

uint8_t *config_image_page(struct config_image *i, uint64_t pfn)
{
	return i->bytes + (pfn << PAGE_SHIFT);
}

void config_image_put(struct config_image *i, uint64_t va, uint64_t value)
{
	memcpy(config_image_at(i, va), &value, sizeof(value));
}

uint64_t config_image_struct(uint64_t pfn)
{
	return IMAGE_VMEMMAP + pfn * STRUCT_PAGE;
}

/* One page of objects: the mapping at its start, the inode, the dentry, the node of the tree. */
static struct config_image_file add_objects(struct config_image *i, const char *name)
{
	uint64_t at = IMAGE_DIRECT + i->next_object, inode = at + 0x100, parent = at + 0xe00;
	struct config_image_file f = { .mapping = at, .dentry = at + 0x900, .node = at + 0xb00 };

	i->next_object += PAGE_SIZE;
	config_image_put(i, f.mapping, inode);
	config_image_put(i, f.mapping + 16, f.node | i->node_tag);
	config_image_put(i, inode + 0x40, at + 0xa00); /* points to what is no dentry */
	config_image_put(i, inode + 0x118, f.dentry + 176);
	config_image_put(i, parent + 40, parent + 56);
	memcpy(config_image_at(i, parent + 56), i->folder, strnlen(i->folder, 31) + 1);
	config_image_put(i, f.dentry + 24, parent);
	config_image_put(i, f.dentry + 40, f.dentry + 56);
	config_image_put(i, f.dentry + 48, inode);
	memcpy(config_image_at(i, f.dentry + 56), name, strnlen(name, 31) + 1);
	return f;
}

struct config_image_file config_image_file(struct config_image *i, const char *name,
					   const char *text, uint64_t pfn, int step)
{
	struct config_image_file f = add_objects(i, name);
	size_t size = strlen(text);

	for (size_t done = 0; done < size && f.count < IMAGE_FILE_PAGES; done += PAGE_SIZE) {
		uint64_t page = pfn + (uint64_t)step * f.count, at = config_image_struct(page);
		size_t piece = size - done < PAGE_SIZE ? size - done : PAGE_SIZE;

		memcpy(config_image_page(i, page), text + done, piece);
		config_image_put(i, at + i->mapping, f.mapping);
		config_image_put(i, at + i->mapping + 8, f.count);
		config_image_put(i, f.node + 40 + 8 * f.count, at);
		f.pfns[f.count++] = page;
	}
	return f;
}

void config_image_drop(struct config_image *i, const struct config_image_file *f, size_t index)
{
	config_image_put(i, config_image_struct(f->pfns[index]) + i->mapping, 0);
	config_image_put(i, f->node + 40 + 8 * index, 0);
}
