#include "walker/process/page_cache.h"

#include <inttypes.h>

#include "walker/read/span.h"
#include "walker/read/xarray.h"

#define FOLIO_PAGES_MAX (1u << 18)

#if HAVE_page_compound_head
#define IS_TAIL(span) (SPAN_GET(page, span, compound_head) & 1)
#define COMPOUND_HEAD(X) X(page, compound_head)
#else
#define IS_TAIL(span) false
#define COMPOUND_HEAD(X)
#endif
#define PAGE_MEMBERS(X) \
	COMPOUND_HEAD(X) \
	X(page, index)
SPAN(page, PAGE_MEMBERS);

/* Where page `index` of a file lies, whose entry in the cache is `page`. */
static struct err *paddr_of_page(struct target *t, struct kaddr page, uint64_t index,
				 struct paddr *ret)
{
	uint64_t offset = page.v - t->kernel.vmemmap_base, within = 0;
	struct page_span s;
	struct err *e;

	if (page.v < t->kernel.vmemmap_base || offset % SIZE_page)
		return err_new(ERR_DATA, "0x%" PRIx64 " is no struct page", page.v);
	e = span_read(&t->kernel, page, page, &s);
	if (e)
		return err_in(e, "struct page");
	/* older kernels also have tail pages in the cache: such a page stands for itself */
	if (!IS_TAIL(&s))
		within = index - SPAN_GET(page, &s, index);
	if (within >= FOLIO_PAGES_MAX)
		return err_new(ERR_DATA, "struct page 0x%" PRIx64 ": holds page %" PRIu64
					 " of its file, not %" PRIu64,
			       page.v, SPAN_GET(page, &s, index), index);
	*ret = PADDR((offset / SIZE_page + within) << PAGE_SHIFT);
	return NULL;
}

/* Reads what lies within one page. *found: it is in memory. */
static struct err *read_in_page(struct target *t, struct kaddr mapping, uint64_t at, void *to,
				size_t size, bool *found)
{
	struct kaddr page;
	struct paddr where = PADDR(0);
	struct err *e = xarray_load(&t->kernel, kaddr_add(mapping, OFF_address_space_i_pages),
				    at >> PAGE_SHIFT, &page);

	*found = false;
	if (e || !page.v)
		return e;
	e = paddr_of_page(t, page, at >> PAGE_SHIFT, &where);
	if (e)
		return e;
	e = memory_read(t->kernel.memory, paddr_add(where, at % PAGE_SIZE), to, size);
	*found = !e;
	return e;
}

struct err *page_cache_read(struct target *t, struct kaddr file, uint64_t offset, void *to,
			    size_t size, size_t *done)
{
	bool found = true;
	struct kaddr mapping;
	struct err *e = kread_pointer(&t->kernel, kaddr_add(file, OFF_file_f_mapping), &mapping);

	*done = 0;
	while (!e && found && *done < size) {
		uint64_t at = offset + *done, left = PAGE_SIZE - at % PAGE_SIZE;
		size_t piece = size - *done < left ? size - *done : (size_t)left;

		e = read_in_page(t, mapping, at, (char *)to + *done, piece, &found);
		*done += found ? piece : 0;
	}
	return err_in(e, "page cache of file 0x%" PRIx64, file.v);
}
