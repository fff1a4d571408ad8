#include "recover/survey/trampoline.h"

#include <string.h>

#include "base/alloc.h"
#include "recover/survey/known_ram.h"

#define PAGES (LOW_MEMORY_END / PAGE_SIZE)
#define REAL_MODE_MAX 0x10000 /* no kernel's real-mode code is larger */
#define ENTRY_RESERVED UINT64_C(0x7ff0000000000000) /* bits 62:52 */

bool entry_is_table(uint64_t entry, uint64_t encrypt_mask)
{
	const uint64_t table = ENTRY_PRESENT | ENTRY_WRITABLE, never = ENTRY_RESERVED | ENTRY_NO_EXECUTE;
	uint64_t frame = entry & ENTRY_FRAME & ~encrypt_mask;

	return (entry & (table | ENTRY_LARGE)) == table && !(entry & never) && frame &&
	       frame < PHYSICAL_END && (entry & encrypt_mask) == encrypt_mask &&
	       (frame < LOW_MEMORY_END || frame >= EXTENDED_MEMORY);
}

/* With memory encryption every entry has one more bit set, above all RAM. */
static uint64_t encrypt_mask_of(uint64_t entry)
{
	uint64_t above = entry & ENTRY_FRAME & ~(PHYSICAL_END - 1);

	return above & (above - 1) ? 0 : above;
}

bool trampoline_is_table(const uint64_t entries[TABLE_ENTRIES], uint64_t *encrypt_mask)
{
	uint64_t mask = encrypt_mask_of(entries[511]);

	if (!entry_is_table(entries[511], mask) || !entry_is_table(entries[0], mask))
		return false;
	for (unsigned int i = 1; i < 511; i++)
		if (entries[i] && (i < 256 || !entry_is_table(entries[i], mask)))
			return false;
	*encrypt_mask = mask;
	return true;
}

bool trampoline_is_named(const uint32_t header[16], uint64_t header_at, uint64_t page)
{
	if (page - header_at >= REAL_MODE_MAX || header[0] - header_at >= REAL_MODE_MAX ||
	    header[1] - header_at >= REAL_MODE_MAX || header[1] <= header[0])
		return false;
	for (unsigned int i = 2; i < 16; i++)
		if (header[i] == page)
			return true;
	return false;
}

/* What we read of each page. */
struct low_page {
	uint32_t header[16];
	uint64_t last; /* entry 511 */
};

static struct err *read_pages(struct memory *m, struct low_page pages[PAGES],
			      struct trampolines *ret)
{
	CLEANUP(free_ptr) struct memory_read *reads = xcalloc(2 * PAGES, sizeof(*reads));
	struct err *e;

	for (size_t i = 0; i < PAGES; i++) {
		reads[2 * i] = (struct memory_read){ PADDR(i * PAGE_SIZE), sizeof(pages[i].header),
						     pages[i].header, MEMORY_OK };
		reads[2 * i + 1] = (struct memory_read){ PADDR(i * PAGE_SIZE + 511 * 8), 8,
							 &pages[i].last, MEMORY_OK };
	}
	e = memory_read_again(m, reads, 2 * PAGES);
	if (e)
		return e;
	for (size_t i = 0; i < 2 * PAGES; i++) {
		if (reads[i].status == MEMORY_OK)
			continue;
		memset(reads[i].to, 0, reads[i].size);
		ret->unreadable += i % 2 && reads[i].status != MEMORY_HOLE;
	}
	return NULL;
}

/* Adds the page if it is a trampoline's table. */
static struct err *take_page(struct memory *m, const struct low_page pages[PAGES], size_t page,
			     struct trampolines *ret)
{
	uint64_t entries[TABLE_ENTRIES], mask, at = page * PAGE_SIZE;
	struct memory_read r = { PADDR(at), sizeof(entries), entries, MEMORY_OK };
	struct err *e = memory_read_again(m, &r, 1);

	if (e || r.status != MEMORY_OK || !trampoline_is_table(entries, &mask))
		return e;
	for (size_t i = page + 1; i-- > 0;) {
		if (!trampoline_is_named(pages[i].header, i * PAGE_SIZE, at))
			continue;
		ret->list[ret->count++] = (struct trampoline){
			PADDR(at), PADDR(i * PAGE_SIZE),
			PADDR(entries[511] & ENTRY_FRAME & ~mask), mask,
		};
		return NULL;
	}
	ret->unnamed++;
	return NULL;
}

struct err *trampolines_find(struct memory *m, struct trampolines *ret)
{
	CLEANUP(free_ptr) struct low_page *pages = xcalloc(PAGES, sizeof(*pages));
	struct err *e;

	*ret = (struct trampolines){ .zero = true };
	e = read_pages(m, pages, ret);
	if (e)
		return err_in(e, "trampoline");
	for (size_t i = PAGES; i-- > 0 && ret->count < TRAMPOLINES_MAX;) {
		ret->zero &= !pages[i].last && !pages[i].header[0];
		if (!entry_is_table(pages[i].last, encrypt_mask_of(pages[i].last)))
			continue;
		e = take_page(m, pages, i, ret);
		if (e)
			return err_in(e, "trampoline");
	}
	return NULL;
}
