#include "walker/read/place.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/escape.h"
#include "offsets.h"
#include "x86/kernel_map.h"
#include "symbols.h"
#include "walker/read/span.h"

#define BANNER_MAX 1024
#define BANNER_START "Linux version "

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
	if (!e && facts_get(boot, "page_offset_base"))
		e = facts_u64(boot, "page_offset_base", &place.page_offset_base);
	if (!e && facts_get(boot, "vmemmap_base"))
		e = facts_u64(boot, "vmemmap_base", &place.vmemmap_base);
	if (e)
		return e;
	place.levels = (unsigned int)levels;
	*ret = place;
	return NULL;
}

#if HAVE_SYM__text
#define IMAGE_START SYM__text
#else
#define IMAGE_START LINK_BASE
#endif

static void trim_newline(struct buf *b)
{
	while (b->size && b->data[b->size - 1] == '\n')
		b->data[--b->size] = '\0';
}

void place_add_banner(struct buf *b)
{
	CLEANUP(buf_deinit) struct buf banner = BUF_INIT;

	buf_add_str(&banner, KERNEL_BANNER);
	trim_newline(&banner);
	escape_text(b, buf_str(&banner), banner.size);
}

static struct err *other_kernel(const struct buf *found)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT, own = BUF_INIT;

	if (strncmp(buf_str(found), BANNER_START, strlen(BANNER_START)))
		return err_new(ERR_DATA, "no banner of a kernel at linux_banner");
	escape_text(&text, found->data, found->size);
	place_add_banner(&own);
	return err_new(ERR_DATA,
		       "another kernel is in this memory: \"%s\"; this walker is for \"%s\"",
		       buf_str(&text), buf_str(&own));
}

static struct err *check_banner(struct kread *k, struct buf *banner)
{
	CLEANUP(buf_deinit) struct buf expected = BUF_INIT;
	struct kaddr at = kread_symbol(k, SYM_linux_banner);
	char same[sizeof(KERNEL_BANNER)];
	struct err *e = kread(k, at, same, sizeof(same));

	if (!e && !memcmp(same, KERNEL_BANNER, sizeof(same)))
		buf_add_str(banner, same);
	else if (!e)
		e = kread_text(k, at, BANNER_MAX, banner);
	if (e)
		return err_in(e, "linux_banner");
	buf_add_str(&expected, KERNEL_BANNER);
	trim_newline(&expected);
	trim_newline(banner);
	if (banner->size != expected.size || memcmp(banner->data, expected.data, expected.size))
		return other_kernel(banner);
	return NULL;
}

/* The page tables, with this number of levels, lead to the same banner. */
static struct err *check_tables(const struct kread *k)
{
	uint64_t va = SYM_linux_banner + k->shift;
	struct xlat_result r;
	struct err *e = xlat_walk(&k->tables, va, &r);

	if (e || (r.kind == XLAT_MAPPED && r.at.v == va - KREAD_IMAGE_MAP + k->phys_base))
		return err_in(e, "the kernel's page tables");
	return err_new(ERR_DATA, "the page tables at 0x%" PRIx64 " do not map linux_banner",
		       k->tables.root.v);
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

#if !HAVE_SYM_init_task || !HAVE_SYM_linux_banner
#error "the kernel's symbols init_task and linux_banner were not recovered: there is no walker without"
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

/* Where no variable tells the direct map's base: the first task's successor, which
 * lies in it, must point back. */
static struct err *check_direct_map(struct kread *k)
{
#if !HAVE_SYM_page_offset_base
	struct kaddr link = kaddr_add(kread_symbol(k, SYM_init_task), OFF_task_struct_tasks);
	struct kaddr next, back = KADDR(0);
	struct err *e = kread_pointer(k, kaddr_add(link, OFF_list_head_next), &next);

	if (!e)
		e = kread_pointer(k, kaddr_add(next, OFF_list_head_prev), &back);
	if (e || back.v == link.v)
		return err_in(e, "the direct map");
	return err_new(ERR_DATA, "the direct map is not at 0x%" PRIx64, k->page_offset_base);
#else
	(void)k;
	return NULL;
#endif
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

/* Where the image is, and no more. */
static void start_at(const struct place *place, struct memory *m, struct kread *k)
{
	*k = (struct kread){ .memory = m, .phys_base = place->phys_base, .shift = place->shift };
	k->tables = (struct xlat){ m, place->root, place->levels, place->encrypt_mask };
#if HAVE_SYM__end
	k->image = kread_symbol(k, IMAGE_START);
	k->image_end = kread_symbol(k, SYM__end);
#endif
}

void place_look(const struct place *place, struct memory *m, struct kread *k)
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
	if (!e)
		e = check_tables(k);
	if (!e)
		e = check_phys_base(k);
	if (!e)
		e = read_bases(place, k);
	if (!e)
		e = check_init_task(k);
	if (e)
		return e;
	k->direct_size = ram_map_end(memory_ram_map(m)).v;
	return check_direct_map(k);
}

/* --- a kernel that was rebooted --------------------------------------------------- */

/* The text of a banner at p, if it is one. */
static bool take_banner(const char *p, const char *end, struct buf *ret)
{
	size_t prefix = strlen(BANNER_START), left = (size_t)(end - p);

	if (left < prefix + 16 || p[prefix] < '0' || p[prefix] > '9')
		return false;
	buf_clear(ret);
	buf_add(ret, p, strnlen(p, left < BANNER_MAX ? left : BANNER_MAX));
	trim_newline(ret);
	return true;
}

/* "#1 SMP": what the image has of a banner before it was linked lacks the number. */
static bool has_build_number(const struct buf *banner)
{
	const char *p = strstr(buf_str(banner), " #");

	return p && p[2] >= '0' && p[2] <= '9';
}

/* The banner of whatever kernel has its image there, which is searched for it. */
static struct err *find_banner(struct memory *m, const struct kernel_map *map, struct buf *ret)
{
	enum { PIECE = 1 << 20 };
	CLEANUP(free_ptr) char *bytes = xmalloc(PIECE + BANNER_MAX);
	uint64_t pa = kernel_map_pa(map, map->start).v, size = map->end.v - map->start.v;

	buf_clear(ret);
	for (uint64_t at = 0; at < size && !has_build_number(ret); at += PIECE) {
		size_t want = size - at < PIECE + BANNER_MAX ? (size_t)(size - at) :
							       PIECE + BANNER_MAX;
		struct err *e = memory_read(m, PADDR(pa + at), bytes, want);
		const char *p = bytes, *end = bytes + want;

		if (e)
			return e;
		while (!has_build_number(ret) &&
		       (p = memmem(p, (size_t)(end - p), BANNER_START, strlen(BANNER_START)))) {
			take_banner(p, end, ret);
			p++;
		}
	}
	return NULL;
}

/* Why the kernel was not found: because another one is there. */
static struct err *explain_absence(struct memory *m, struct err *absent)
{
	CLEANUP(buf_deinit) struct buf banner = BUF_INIT, own = BUF_INIT;
	struct kernel_maps maps = { .count = 0 };
	struct err *e = kernel_map_from_trampoline(m, &maps);

	/* an image is tens of MiB: too much to read from a live machine */
	for (size_t i = 0; i < maps.count && !e && !banner.size; i++)
		if (!memory_limits(m)->live)
			e = find_banner(m, &maps.list[i], &banner);
	if (e || !maps.count) {
		err_discard(e);
		return absent;
	}
	err_discard(absent);
	if (banner.size)
		return other_kernel(&banner);
	place_add_banner(&own);
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
	/* the trampoline's table maps the image and nothing else */
	ret->root = kernel_map_pa(&map, KADDR(SYM_init_top_pgt + ret->shift));
#endif
	return NULL;
}
