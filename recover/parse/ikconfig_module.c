#include "recover/parse/ikconfig_module.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"

/* Image and modules, which lie behind it. Source: Documentation/arch/x86/x86_64/mm.rst */
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

struct err *ikconfig_module_find(const struct xlat *x, const struct paddr *at, size_t count,
				 struct kaddr *ret, struct buf *b)
{
	struct places p = { .at = at, .count = count };
	CLEANUP(buf_deinit) struct buf found = BUF_INIT;
	struct err *why = NULL, *e = NULL;

	if (count)
		e = xlat_each(x, AREA_START, AREA_END, TABLES_MAX, look, &p);
	for (size_t i = 0; i < p.mapped && !e; i++) {
		CLEANUP(buf_deinit) struct buf text = BUF_INIT;
		struct err *failed = unpack_at(x, p.va[i], &text);

		if (failed && err_code(failed) == ERR_SYSTEM) {
			e = failed;
		} else if (failed) {
			err_discard(why);
			why = failed;
		} else if (!found.size) {
			*ret = KADDR(p.va[i]);
			buf_add(&found, text.data, text.size);
		} else if (found.size != text.size || memcmp(found.data, text.data, text.size)) {
			e = err_new(ERR_DATA, "ikconfig: of the modules at 0x%" PRIx64
				    " and at 0x%" PRIx64 ", and they differ", ret->v, p.va[i]);
		}
	}
	if (!e && !found.size)
		e = why ? TAKE(why) : err_new(ERR_ABSENT, "no ikconfig in a module");
	err_discard(why);
	if (!e)
		buf_add(b, found.data, found.size);
	return e;
}
