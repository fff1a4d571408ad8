#include "recover/parse/ikconfig_module.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"

/* The image, and the modules behind it. Source: Documentation/arch/x86/x86_64/mm.rst */
#define AREA_START UINT64_C(0xffffffff80000000)
#define AREA_END UINT64_C(0xffffffffff000000)
#define TABLES_MAX 2048
#define PLACES_MAX 64
#define PACKED_MAX ((size_t)2 << 20)

/* Which of the places are mapped, and where. */
struct places {
	const struct paddr *at;
	size_t count;
	uint64_t va[PLACES_MAX];
	size_t mapped;
};

/* Of each mapping: notes those of the places that are in it. */
static bool look(uint64_t va, struct paddr at, uint64_t size, void *arg)
{
	struct places *p = arg;

	for (size_t i = 0; i < p->count && p->mapped < PLACES_MAX; i++)
		if (p->at[i].v - at.v < size)
			p->va[p->mapped++] = va + (p->at[i].v - at.v);
	return p->mapped < PLACES_MAX;
}

static struct err *unpack_at(const struct xlat *x, uint64_t va, struct buf *text)
{
	CLEANUP(free_ptr) uint8_t *bytes = xmalloc(PACKED_MAX);
	size_t done;
	struct err *e = xlat_read_some(x, va, bytes, PACKED_MAX, &done);

	return e ? e : err_in(ikconfig_unpack(bytes, done, text), "module at 0x%" PRIx64, va);
}

/* Unpacks what is at the mapped places; found stays empty if none of them can be unpacked. *why: the
 * last error of those. Errors: ERR_DATA: two differ; ERR_SYSTEM. */
static struct err *unpack_all(const struct xlat *x, const struct places *p, struct kaddr *ret,
			      struct buf *found, struct err **why)
{
	for (size_t i = 0; i < p->mapped; i++) {
		CLEANUP(buf_deinit) struct buf text = BUF_INIT;
		struct err *e = unpack_at(x, p->va[i], &text);

		if (err_is_fatal(e))
			return e;
		if (e) {
			err_discard(*why);
			*why = e;
		} else if (!found->size) {
			*ret = KADDR(p->va[i]);
			buf_add(found, text.data, text.size);
		} else if (found->size != text.size ||
			   memcmp(found->data, text.data, text.size)) {
			return err_new(ERR_DATA, "ikconfig: of the modules at 0x%" PRIx64
				       " and at 0x%" PRIx64 ", and they differ", ret->v, p->va[i]);
		}
	}
	return NULL;
}

struct err *ikconfig_module_find(const struct xlat *x, const struct paddr *at, size_t count,
				 struct kaddr *ret, struct buf *b)
{
	struct places p = { .at = at, .count = count };
	CLEANUP(buf_deinit) struct buf found = BUF_INIT;
	struct err *why = NULL, *e = NULL;

	if (count)
		e = xlat_each(x, AREA_START, AREA_END, TABLES_MAX, look, &p);
	if (e)
		return e;
	e = unpack_all(x, &p, ret, &found, &why);
	if (!e && !found.size)
		return why ? why : err_new(ERR_ABSENT, "no ikconfig in a module");
	err_discard(why);
	if (e)
		return e;
	buf_add(b, found.data, found.size);
	return NULL;
}
