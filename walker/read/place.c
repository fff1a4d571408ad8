#include "walker/read/place.h"

#include <inttypes.h>
#include <string.h>

#include "offsets.h"
#include "symbols.h"
#include "walker/read/banner.h"
#include "x86/kernel_map.h"

#if !HAVE_SYM_init_task || !HAVE_SYM_linux_banner
#error "the kernel's symbols init_task and linux_banner were not recovered: there is no walker without"
#endif

#if HAVE_SYM__text
#define IMAGE_START SYM__text
#else
#define IMAGE_START LINK_BASE
#endif

#if HAVE_CONST___PAGE_OFFSET_BASE_L5
#define FIXED_PAGE_OFFSET(levels) \
	((levels) == 5 ? CONST___PAGE_OFFSET_BASE_L5 : CONST___PAGE_OFFSET_BASE_L4)
#elif HAVE_CONST___PAGE_OFFSET_BASE
#define FIXED_PAGE_OFFSET(levels) CONST___PAGE_OFFSET_BASE
#endif
#if HAVE_CONST___VMEMMAP_BASE_L5
#define FIXED_VMEMMAP(levels) \
	((levels) == 5 ? CONST___VMEMMAP_BASE_L5 : CONST___VMEMMAP_BASE_L4)
#elif HAVE_CONST___VMEMMAP_BASE
#define FIXED_VMEMMAP(levels) CONST___VMEMMAP_BASE
#endif

static struct err *optional_u64(const struct facts *boot, const char *key, uint64_t *ret)
{
	return facts_get(boot, key) ? facts_u64(boot, key, ret) : NULL;
}

struct err *place_of_boot(const struct facts *boot, struct place *ret)
{
	struct place place = { 0 };
	uint64_t levels = 0;
	struct err *e = facts_u64(boot, "phys_base", &place.phys_base);

	if (e)
		return e;
	e = facts_u64(boot, "kernel_shift", &place.shift);
	if (e)
		return e;
	e = facts_u64(boot, "levels", &levels);
	if (e)
		return e;
	e = facts_u64(boot, "page_table_root", &place.root.v);
	if (e)
		return e;
	e = optional_u64(boot, "encrypt_mask", &place.encrypt_mask);
	if (e)
		return e;
	e = optional_u64(boot, "page_offset_base", &place.page_offset_base);
	if (e)
		return e;
	e = optional_u64(boot, "vmemmap_base", &place.vmemmap_base);
	if (e)
		return e;
	place.levels = (unsigned int)levels;
	*ret = place;
	return NULL;
}

/* --- what must be true there ---------------------------------------------------- */

static struct err *check_banner(struct kread *k, struct buf *banner)
{
	struct err *e = banner_read(k, banner);

	return e ? e : banner_check(banner);
}

/* The page tables, with this number of levels, must lead to the same banner. */
static struct err *check_tables(const struct kread *k)
{
	uint64_t va = SYM_linux_banner + k->shift;
	struct xlat_result r;
	struct err *e = xlat_walk(&k->tables, va, &r);

	if (e)
		return err_in(e, "the kernel's page tables");
	if (r.kind == XLAT_MAPPED && r.at.v == va - KREAD_IMAGE_MAP + k->phys_base)
		return NULL;
	return err_new(ERR_DATA, "the page tables at 0x%" PRIx64 " do not map linux_banner",
		       k->tables.root.v);
}

/* Where the kernel has its own phys_base in a variable, that confirms the shift as well,
 * since the place of the banner depends only on the sum of the two. */
static struct err *check_phys_base(struct kread *k)
{
#if HAVE_SYM_phys_base
	uint64_t own = 0;
	struct err *e = kread_u64(k, kread_symbol(k, SYM_phys_base), &own);

	if (e)
		return err_in(e, "phys_base");
	if (own == k->phys_base)
		return NULL;
	return err_new(ERR_DATA, "phys_base: the kernel says 0x%" PRIx64 ", not 0x%" PRIx64, own,
		       k->phys_base);
#else
	(void)k;
	return NULL;
#endif
}

/* Where the direct map and vmemmap begin: as the kernel's variables say, or else as `boot`
 * does, or else where it was compiled to. */
static struct err *read_bases(const struct place *place, struct kread *k)
{
	struct err *e = NULL, *other = NULL;

	k->page_offset_base = place->page_offset_base;
	k->vmemmap_base = place->vmemmap_base;
#ifdef FIXED_PAGE_OFFSET
	if (!k->page_offset_base)
		k->page_offset_base = FIXED_PAGE_OFFSET(place->levels);
#endif
#ifdef FIXED_VMEMMAP
	if (!k->vmemmap_base)
		k->vmemmap_base = FIXED_VMEMMAP(place->levels);
#endif
	/* both are tried, so that a rehearsal learns of both */
#if HAVE_SYM_page_offset_base
	e = err_in(kread_u64(k, kread_symbol(k, SYM_page_offset_base), &k->page_offset_base),
		   "page_offset_base");
#endif
#if HAVE_SYM_vmemmap_base
	other = err_in(kread_u64(k, kread_symbol(k, SYM_vmemmap_base), &k->vmemmap_base),
		       "vmemmap_base");
#endif
	if (!e)
		return other;
	err_discard(other);
	return e;
}

/* Where no variable says where the direct map begins: the task behind init_task in the
 * list lies in it, and must point back. */
static struct err *check_direct_map(struct kread *k)
{
#if !HAVE_SYM_page_offset_base
	struct kaddr link = kaddr_add(kread_symbol(k, SYM_init_task), OFF_task_struct_tasks);
	struct kaddr next, back = KADDR(0);
	struct err *e = kread_pointer(k, kaddr_add(link, OFF_list_head_next), &next);

	if (!e)
		e = kread_pointer(k, kaddr_add(next, OFF_list_head_prev), &back);
	if (e)
		return err_in(e, "the direct map");
	if (back.v == link.v)
		return NULL;
	return err_new(ERR_DATA, "the direct map is not at 0x%" PRIx64, k->page_offset_base);
#else
	(void)k;
	return NULL;
#endif
}

/* The name of init_task has been the same in all versions. */
static struct err *check_init_task(struct kread *k)
{
	char comm[LEN_task_struct_comm] = "";
	struct kaddr at = kaddr_add(kread_symbol(k, SYM_init_task), OFF_task_struct_comm);
	struct err *e = kread(k, at, comm, sizeof(comm));

	if (e)
		return err_in(e, "init_task");
	if (!memcmp(comm, "swapper", 7))
		return NULL;
	return err_new(ERR_DATA, "init_task: is not called swapper");
}

/* --- entering ------------------------------------------------------------------- */

/* Lets k read the image and what the page tables map. The direct map comes later. */
static void start_at(const struct place *place, struct memory *m, struct kread *k)
{
	*k = (struct kread){ .memory = m, .phys_base = place->phys_base, .shift = place->shift };
	k->tables = (struct xlat){ m, place->root, place->levels, place->encrypt_mask };
#if HAVE_SYM__end
	k->image = kread_symbol(k, IMAGE_START);
	k->image_end = kread_symbol(k, SYM__end);
#endif
}

void place_rehearse(const struct place *place, struct memory *m, struct kread *k)
{
	CLEANUP(buf_deinit) struct buf banner = BUF_INIT;

	start_at(place, m, k);
	err_discard(check_banner(k, &banner));
	err_discard(check_tables(k));
	err_discard(check_phys_base(k));
	err_discard(read_bases(place, k));
	err_discard(check_init_task(k));
	k->direct_size = ram_map_end(memory_ram_map(m)).v;
	err_discard(check_direct_map(k));
}

struct err *place_enter(const struct place *place, struct memory *m, struct kread *k,
			struct buf *banner)
{
	struct err *e;

	start_at(place, m, k);
	buf_clear(banner);
	e = check_banner(k, banner);
	if (e)
		return e;
	e = check_tables(k);
	if (e)
		return e;
	e = check_phys_base(k);
	if (e)
		return e;
	e = read_bases(place, k);
	if (e)
		return e;
	e = check_init_task(k);
	if (e)
		return e;
	k->direct_size = ram_map_end(memory_ram_map(m)).v;
	return check_direct_map(k);
}

/* --- a kernel that was rebooted --------------------------------------------------- */

/* Why the kernel was not found: because another one is there, if so. */
static struct err *explain_absence(struct memory *m, struct err *absent)
{
	CLEANUP(buf_deinit) struct buf banner = BUF_INIT, own = BUF_INIT;
	struct kernel_maps maps = { .count = 0 };
	struct err *e = kernel_map_from_trampoline(m, &maps);

	/* an image is tens of MiB, too much to read from a live machine */
	for (size_t i = 0; i < maps.count && !e && !banner.size && !memory_limits(m)->live; i++) {
		const struct kernel_map *map = &maps.list[i];

		e = banner_search(m, kernel_map_pa(map, map->start), map->end.v - map->start.v,
				  &banner);
	}
	if (e || !maps.count) {
		err_discard(e);
		return absent;
	}
	err_discard(absent);
	if (banner.size)
		return banner_other(&banner);
	banner_add_own(&own);
	return err_new(ERR_DATA, "another kernel is in this memory; this walker is for \"%s\"",
		       buf_str(&own));
}

struct err *place_find(struct memory *m, struct place *ret)
{
	const struct kernel_identity kernel = { KADDR(IMAGE_START), KADDR(SYM_linux_banner),
						KERNEL_BANNER };
	struct kernel_map map;
	struct err *e = kernel_map_find(m, &kernel, &map);

	if (e)
		return err_code(e) == ERR_ABSENT ? explain_absence(m, e) : e;
	*ret = (struct place){ .phys_base = map.phys_base, .shift = map.start.v - IMAGE_START,
			       .levels = map.levels, .root = map.root,
			       .encrypt_mask = map.encrypt_mask };
#if HAVE_SYM_init_top_pgt
	/* the trampoline's table maps nothing but the image */
	ret->root = kernel_map_pa(&map, KADDR(SYM_init_top_pgt + ret->shift));
#endif
	return NULL;
}
