/* kdump: compressed kdumps of makedumpfile and of QEMU (kdump-zlib, -lzo, -snappy), read by
 * libkdumpfile.
 *
 * The dump says which pages are RAM, and which of those it holds. A page that makedumpfile filtered
 * out is absent. It may have filtered it out because it was zero (level 1), but the dump does not
 * say so. A page that the dump does name as zero is read as zeros.
 */
#include "base/alloc.h"
#include "memory/flattened.h"
#include "memory/image.h"

#ifdef MEMORY_WITH_KDUMP
#include <inttypes.h>
#include <libkdumpfile/kdumpfile.h>
#include <stdlib.h>
#include <string.h>

#include "memory/kdump_layout.h"

#define VMCOREINFO_MAX 65536 /* bytes */
#define RUN_MAX 1024 /* pages looked up at a time */
/* For each page that it reads, libkdumpfile searches its cache page by page. With its default of
 * 1024 pages that is most of the time of a scan. */
#define CACHE_PAGES 64

struct kdump {
	struct image *image;
	kdump_ctx_t *context;
	FILE *unfolded;		/* a flattened dump, put in order; else NULL */
	kdump_bmp_t *held;	/* the pages that the dump should hold, or NULL; the context's */
	struct ram_map missing; /* of those, the pages that were cut off */
};

static void kdump_close(struct memory *m)
{
	struct kdump *k = m->source;

	if (k->context)
		kdump_free(k->context);
	close_file(&k->unfolded);
	ram_map_deinit(&k->missing);
	image_close(k->image);
	free(k);
}

static struct err *kdump_err_of(const struct kdump *k, kdump_status status, const char *what)
{
	enum err_code code = status == KDUMP_ERR_SYSTEM ? ERR_SYSTEM : ERR_DATA;
	const char *text = kdump_get_err(k->context);

	return err_new(code, "%s: %s: %s", k->image->path, what,
		       text ? text : kdump_strerror(status));
}

/* What of the dump is missing. libkdumpfile would not notice. */
static struct err *find_missing(struct memory *m, struct kdump *k, int fd)
{
	struct kdump_layout layout = { 0 };
	struct err *e = kdump_layout_read(fd, k->image->path, &layout);

	if (e)
		return e;
	e = kdump_layout_missing(fd, k->image->path, &layout, &k->missing);
	if (e)
		return e;
	if (k->missing.count)
		memory_note(m, "cut off: 0x%" PRIx64 " bytes of memory are missing, the first at "
			    "0x%" PRIx64, ram_map_size(&k->missing), k->missing.ranges[0].start.v);
	return NULL;
}

static struct err *open_context(struct kdump *k, int fd)
{
	const char *arch = NULL;
	kdump_status status;

	k->context = kdump_new();
	if (!k->context)
		return err_new(ERR_SYSTEM, "%s: libkdumpfile: out of memory", k->image->path);
	/* a mapped page behind the end of a file that is cut off would be a SIGBUS */
	status = kdump_set_number_attr(k->context, KDUMP_ATTR_FILE_MMAP_POLICY, KDUMP_MMAP_NEVER);
	if (status == KDUMP_OK)
		status = kdump_set_number_attr(k->context, KDUMP_ATTR_ZERO_EXCLUDED, 0);
	if (status != KDUMP_OK)
		return kdump_err_of(k, status, "libkdumpfile");
	kdump_set_number_attr(k->context, "cache.size", CACHE_PAGES); /* may fail: it is then slower */
	status = kdump_open_fd(k->context, fd);
	if (status != KDUMP_OK)
		return kdump_err_of(k, status, "is no kdump that libkdumpfile can read");
	/* QEMU's dumps do not name it where libkdumpfile looks */
	status = kdump_get_string_attr(k->context, KDUMP_ATTR_ARCH_NAME, &arch);
	if (status == KDUMP_OK && strcmp(arch, KDUMP_ARCH_X86_64))
		return err_new(ERR_DATA, "%s: is a kdump of %s, expected " KDUMP_ARCH_X86_64,
			       k->image->path, arch);
	return NULL;
}

/* An attribute of this type; false if the dump has none. kdump_get_typed_attr() would do, but takes other
 * arguments from 0.5.6 on. */
static bool get_attr(const struct kdump *k, const char *name, kdump_attr_type_t type,
		     kdump_attr_value_t *ret)
{
	kdump_attr_t attr = { .type = KDUMP_NIL };

	if (kdump_get_attr(k->context, name, &attr) != KDUMP_OK || attr.type != type)
		return false;
	*ret = attr.val;
	return true;
}

/* Adds the pages whose bits are set. */
static struct err *add_pages(const struct kdump *k, kdump_bmp_t *bitmap, struct ram_map *ret)
{
	kdump_addr_t first = 0, end;

	for (size_t i = 0; i < IMAGE_EXTENTS_MAX; i++) {
		if (kdump_bmp_find_set(bitmap, &first) != KDUMP_OK)
			return NULL; /* no more */
		end = first;
		if (kdump_bmp_find_clear(bitmap, &end) != KDUMP_OK || end <= first ||
		    end > PADDR_END >> PAGE_SHIFT)
			return err_new(ERR_DATA, "%s: its bitmap of pages has no end",
				       k->image->path);
		ram_map_add(ret, PADDR(first << PAGE_SHIFT), PADDR(end << PAGE_SHIFT));
		first = end;
	}
	return err_new(ERR_DATA, "%s: more than %u pieces of memory", k->image->path,
		       IMAGE_EXTENTS_MAX);
}

static struct err *find_ram(const struct kdump *k, struct ram_map *ret)
{
	static const char *const names[] = { KDUMP_ATTR_MEMORY_PAGEMAP, KDUMP_ATTR_FILE_PAGEMAP };
	kdump_num_t page_size = 0;

	if (kdump_get_number_attr(k->context, KDUMP_ATTR_PAGE_SIZE, &page_size) != KDUMP_OK ||
	    page_size != PAGE_SIZE)
		return err_new(ERR_DATA, "%s: pages of %" PRIu64 " bytes, expected 4096",
			       k->image->path, (uint64_t)page_size);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		kdump_attr_value_t value;
		struct err *e;

		if (!get_attr(k, names[i], KDUMP_BITMAP, &value))
			continue;
		e = add_pages(k, value.bitmap, ret); /* which stays the context's */
		if (e || ret->count)
			return e;
	}
	return err_new(ERR_DATA, "%s: does not say which pages are RAM", k->image->path);
}

static void find_held(struct kdump *k)
{
	kdump_attr_value_t value;

	if (get_attr(k, KDUMP_ATTR_FILE_PAGEMAP, KDUMP_BITMAP, &value))
		k->held = value.bitmap; /* the context's */
}

/* kdump_vmcoreinfo_raw() works only once libkdumpfile has been told that the OS is Linux, and then
 * it would read page tables. The attribute is there without that. */
static void find_vmcoreinfo(const struct kdump *k, struct buf *b)
{
	kdump_attr_value_t value;
	size_t size;
	const char *text;

	if (!get_attr(k, "linux.vmcoreinfo.raw", KDUMP_BLOB, &value))
		return;
	text = kdump_blob_pin(value.blob);
	size = kdump_blob_size(value.blob);
	if (text)
		buf_add(b, text, strnlen(text, size < VMCOREINFO_MAX ? size : VMCOREINFO_MAX));
	kdump_blob_unpin(value.blob);
}

static struct err *unfold(struct memory *m, struct kdump *k)
{
	bool cut = false;
	struct err *e;

	if (!flattened_is(k->image))
		return NULL;
	e = flattened_unfold(k->image, &k->unfolded, &cut);
	if (e)
		return e;
	memory_note(m, "is flattened: was put in order in a temporary file%s",
		    cut ? "; cut off" : "");
	return NULL;
}

static enum memory_status status_of(kdump_status status)
{
	switch (status) {
	case KDUMP_OK:
		return MEMORY_OK;
	case KDUMP_ERR_NODATA:
	case KDUMP_ERR_EOF:
		return MEMORY_ABSENT;
	case KDUMP_ERR_CORRUPT:
	case KDUMP_ERR_INVALID:
	case KDUMP_ERR_NOTIMPL:
		return MEMORY_CORRUPT;
	default:
		return MEMORY_IO;
	}
}

/* Whether the dump holds all pages of [at, at + size). We ask libkdumpfile (0.5.1) for no others:
 * after some failed reads it writes through a null pointer. */
static bool holds(const struct kdump *k, struct paddr at, uint32_t size)
{
	kdump_addr_t page = at.v >> PAGE_SHIFT, end = (at.v + size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	uint8_t bits[RUN_MAX / 8];

	if (ram_map_touches(&k->missing, at, size))
		return false;
	while (k->held && page < end) {
		size_t n = end - page < RUN_MAX ? (size_t)(end - page) : RUN_MAX;

		if (kdump_bmp_get_bits(k->held, page, page + n - 1, bits) != KDUMP_OK)
			return false;
		for (size_t i = 0; i < n; i++)
			if (!(bits[i / 8] >> i % 8 & 1))
				return false;
		page += n;
	}
	return true;
}

static struct err *kdump_read_vector(struct memory *m, struct memory_read *reads, size_t n)
{
	const struct kdump *k = m->source;

	for (size_t i = 0; i < n; i++) {
		size_t size = reads[i].size;

		reads[i].status = MEMORY_ABSENT;
		if (!holds(k, reads[i].at, reads[i].size))
			continue;
		reads[i].status = status_of(kdump_read(k->context, KDUMP_MACHPHYSADDR,
						       reads[i].at.v, reads[i].to, &size));
		if (reads[i].status == MEMORY_OK && size != reads[i].size)
			reads[i].status = MEMORY_ABSENT;
	}
	return NULL;
}

static const struct memory_ops kdump_ops = {
	.scheme = "file",
	.close = kdump_close,
	.read = kdump_read_vector,
	.why_absent = "the kdump does not hold it: filtered out, or cut off",
};

struct err *kdump_open(struct memory *m)
{
	struct kdump *k = xcalloc(1, sizeof(*k));
	struct err *e;
	int fd;

	k->image = m->source;
	m->source = k;
	m->ops = &kdump_ops;
	m->limits.threads_may_read = false;
	e = unfold(m, k);
	if (e)
		return e;
	fd = k->unfolded ? fileno(k->unfolded) : k->image->fd;
	e = find_missing(m, k, fd);
	if (e)
		return e;
	e = open_context(k, fd);
	if (e)
		return e;
	find_held(k);
	find_vmcoreinfo(k, &m->vmcoreinfo);
	return m->ram_map.count ? NULL : find_ram(k, &m->ram_map);
}

#else

struct err *kdump_open(struct memory *m)
{
	const struct image *image = m->source;

	return err_new(ERR_SYSTEM, "%s: is a compressed kdump; this program was built without "
		       "libkdumpfile: build it with MEMORY_WITH=kdump, a walker with "
		       "WALKER_WITH=kdump, or let makedumpfile -E write an ELF core", image->path);
}

#endif
