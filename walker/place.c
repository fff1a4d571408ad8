#include "walker/place.h"

#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "offsets.h"
#include "symbols.h"
#include "walker/span.h"

#define BANNER_MAX 1024

struct err *place_of_boot(const struct facts *boot, struct place *ret)
{
	struct place place = { 0 };
	uint64_t levels = 0;
	struct err *e = facts_u64(boot, "phys_base", &place.phys_base);

	if (!e)
		e = facts_u64(boot, "kernel_shift", &place.shift);
	if (!e)
		e = facts_u64(boot, "levels", &levels);
	if (!e)
		e = facts_u64(boot, "page_table_root", &place.root.v);
	if (!e && facts_get(boot, "encrypt_mask"))
		e = facts_u64(boot, "encrypt_mask", &place.encrypt_mask);
	if (e)
		return e;
	place.levels = (unsigned int)levels;
	*ret = place;
	return NULL;
}

static void trim_newline(struct buf *b)
{
	while (b->size && b->data[b->size - 1] == '\n')
		b->data[--b->size] = '\0';
}

static struct err *other_kernel(const struct buf *found)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;

	if (found->size < 14 || memcmp(found->data, "Linux version ", 14))
		return err_new(ERR_DATA, "no banner of a kernel at linux_banner");
	escape_text(&text, found->data, found->size);
	return err_new(ERR_DATA,
		       "another kernel is in this memory: \"%s\"; this walker is for \"%s\"",
		       buf_str(&text), KERNEL_BANNER);
}

static struct err *check_banner(struct kread *k, struct buf *banner)
{
	CLEANUP(buf_deinit) struct buf expected = BUF_INIT;
	struct err *e = kread_text(k, kread_symbol(k, SYM_linux_banner), BANNER_MAX, banner);

	if (e)
		return err_in(e, "linux_banner");
	buf_add_str(&expected, KERNEL_BANNER);
	trim_newline(&expected);
	trim_newline(banner);
	if (banner->size != expected.size || memcmp(banner->data, expected.data, expected.size))
		return other_kernel(banner);
	return NULL;
}

/* Where the kernel tells its own phys_base, that settles the shift as well: the
 * place of the banner depends only on the sum of the two. */
static struct err *check_phys_base(struct kread *k)
{
#if HAVE_SYM_phys_base
	uint64_t own = 0;
	struct err *e = kread_u64(k, kread_symbol(k, SYM_phys_base), &own);

	if (e || own == k->phys_base)
		return err_in(e, "phys_base");
	return err_new(ERR_DATA, "phys_base: the kernel says 0x%" PRIx64 ", not 0x%" PRIx64, own,
		       k->phys_base);
#else
	(void)k;
	return NULL;
#endif
}

static struct err *read_bases(struct kread *k)
{
	struct err *e = NULL;

#if HAVE_SYM_page_offset_base
	e = kread_u64(k, kread_symbol(k, SYM_page_offset_base), &k->page_offset_base);
#elif HAVE_CONST___PAGE_OFFSET_BASE_L5
	k->page_offset_base = k->tables.levels == 5 ? CONST___PAGE_OFFSET_BASE_L5 :
						      CONST___PAGE_OFFSET_BASE_L4;
#else
	k->page_offset_base = CONST___PAGE_OFFSET_BASE;
#endif
	if (e)
		return err_in(e, "page_offset_base");
#if HAVE_SYM_vmemmap_base
	e = kread_u64(k, kread_symbol(k, SYM_vmemmap_base), &k->vmemmap_base);
#elif HAVE_CONST___VMEMMAP_BASE_L5
	k->vmemmap_base = k->tables.levels == 5 ? CONST___VMEMMAP_BASE_L5 : CONST___VMEMMAP_BASE_L4;
#elif HAVE_CONST___VMEMMAP_BASE
	k->vmemmap_base = CONST___VMEMMAP_BASE;
#endif
	return err_in(e, "vmemmap_base");
}

/* The first task's name has not changed since there is one. */
static struct err *check_init_task(struct kread *k)
{
	char comm[LEN_task_struct_comm] = "";
	struct kaddr at = kaddr_add(kread_symbol(k, SYM_init_task), OFF_task_struct_comm);
	struct err *e = kread(k, at, comm, sizeof(comm));

	if (e || !memcmp(comm, "swapper", 7))
		return err_in(e, "init_task");
	return err_new(ERR_DATA, "init_task: is not called swapper");
}

struct err *place_enter(const struct place *place, struct memory *m, struct kread *k,
			struct buf *banner)
{
	struct err *e;

	*k = (struct kread){ .memory = m, .phys_base = place->phys_base, .shift = place->shift };
	k->tables = (struct xlat){ m, place->root, place->levels, place->encrypt_mask };
	k->image = kread_symbol(k, SYM__text);
	k->image_end = kread_symbol(k, SYM__end);
	buf_clear(banner);
	e = check_banner(k, banner);
	if (!e)
		e = check_phys_base(k);
	if (!e)
		e = read_bases(k);
	if (!e)
		e = check_init_task(k);
	if (e)
		return e;
	k->direct_size = ram_map_end(memory_ram_map(m)).v;
	return NULL;
}
