#include "walker/process/vma.h"

#include <inttypes.h>

#include "base/vec.h"
#include "walker/read/maple.h"
#include "walker/read/rehearse.h"
#include "walker/read/span.h"

#if HAVE_mm_struct_mmap
#define VMA_NEXT(X) X(vm_area_struct, vm_next)
#else
#define VMA_NEXT(X)
#endif
#if HAVE_vm_area_struct_anon_name
#define VMA_ANON_NAME(X) X(vm_area_struct, anon_name)
#else
#define VMA_ANON_NAME(X)
#endif
#define VMA_MEMBERS(X) \
	X(vm_area_struct, vm_start) \
	X(vm_area_struct, vm_end) \
	X(vm_area_struct, vm_flags) \
	X(vm_area_struct, vm_pgoff) \
	X(vm_area_struct, vm_file) \
	X(vm_area_struct, vm_ops) \
	X(vm_area_struct, vm_private_data) \
	VMA_NEXT(X) VMA_ANON_NAME(X)
SPAN(vm_area_struct, VMA_MEMBERS);

void vmas_deinit(struct vmas *v)
{
	free(v->list);
}

static struct err *read_with_next(struct target *t, struct kaddr at, struct vma *ret,
				  struct kaddr *next)
{
	struct vm_area_struct_span s;
	struct vma vma = { .at = at };
	struct err *e = kaddr_is_object(at) ? span_read(&t->kernel, at, vm_area_struct, &s) :
					      err_new(ERR_DATA, "no kernel pointer");

	if (e)
		return err_in(e, "vm_area_struct at 0x%" PRIx64, at.v);
	vma.start = SPAN_GET(vm_area_struct, &s, vm_start);
	vma.end = SPAN_GET(vm_area_struct, &s, vm_end);
	vma.flags = SPAN_GET(vm_area_struct, &s, vm_flags);
	vma.pgoff = SPAN_GET(vm_area_struct, &s, vm_pgoff);
	vma.file = KADDR(SPAN_GET(vm_area_struct, &s, vm_file));
	vma.ops = KADDR(SPAN_GET(vm_area_struct, &s, vm_ops));
	vma.private_data = KADDR(SPAN_GET(vm_area_struct, &s, vm_private_data));
#if HAVE_vm_area_struct_anon_name
	vma.anon_name = KADDR(SPAN_GET(vm_area_struct, &s, anon_name));
#endif
#if HAVE_mm_struct_mmap
	*next = KADDR(SPAN_GET(vm_area_struct, &s, vm_next));
#else
	*next = KADDR(0);
#endif
	if (vma.start >= vma.end || vma.start % PAGE_SIZE || vma.end % PAGE_SIZE)
		return err_new(ERR_DATA, "vm_area_struct at 0x%" PRIx64 ": 0x%" PRIx64 "-0x%" PRIx64
					 " is no area", at.v, vma.start, vma.end);
	*ret = vma;
	return NULL;
}

struct err *vma_read(struct target *t, struct kaddr at, struct vma *ret)
{
	struct kaddr next;

	return read_with_next(t, at, ret, &next);
}

#if HAVE_mm_struct_mm_mt
struct collect {
	struct target *t;
	struct vmas *v;
	struct err *fatal;
};

static bool collect_entry(uint64_t first, uint64_t last, struct kaddr entry, void *arg)
{
	struct collect *c = arg;
	struct vma vma;
	struct err *e = vma_read(c->t, entry, &vma);

	if (err_is_fatal(e)) {
		c->fatal = e;
		return false;
	}
	if (!e && (vma.start != first || vma.end - 1 != last))
		e = err_new(ERR_DATA, "vm_area_struct at 0x%" PRIx64 ": 0x%" PRIx64 "-0x%" PRIx64
				      " stands in the tree at 0x%" PRIx64, entry.v, vma.start,
			    vma.end, first);
	if (!e)
		*vec_add(c->v->list, c->v->count, c->v->capacity) = vma;
	notes_gap_err(&c->t->notes, e);
	return c->v->count < VMA_MAX;
}

static struct err *collect_areas(struct target *t, const struct mm *mm, struct vmas *v)
{
	struct collect c = { t, v, NULL };
	struct err *e = maple_each(&t->kernel, kaddr_add(mm->at, OFF_mm_struct_mm_mt), VMA_MAX,
				   collect_entry, &c);

	return c.fatal ? c.fatal : e;
}
#else
static struct err *collect_areas(struct target *t, const struct mm *mm, struct vmas *v)
{
	struct kaddr at;
	struct err *e = kread_pointer(&t->kernel, kaddr_add(mm->at, OFF_mm_struct_mmap), &at);

	if (e)
		return e;
	while (at.v && v->count < VMA_MAX) {
		struct vma vma;

		e = read_with_next(t, at, &vma, &at);
		if (e)
			return e;
		/* the list ascends, so it cannot run in a circle */
		if (v->count && vma.start < v->list[v->count - 1].end)
			return err_new(ERR_DATA, "area 0x%" PRIx64 " follows one that is above it",
				       vma.start);
		*vec_add(v->list, v->count, v->capacity) = vma;
	}
	return NULL;
}
#endif

static void rehearse_areas(struct target *t, void *arg)
{
	CLEANUP(vmas_deinit) struct vmas v = VMAS_INIT;

	err_discard(collect_areas(t, arg, &v));
}

struct err *vmas_read(struct target *t, const struct mm *mm, struct vmas *ret)
{
	struct mm copy = *mm;
	struct err *e;

	rehearse(t, rehearse_areas, &copy);
	e = collect_areas(t, mm, ret);
	if (err_is_fatal(e) || (e && !ret->count))
		return e;
	if (!e && ret->count == VMA_MAX)
		notes_gap(&t->notes, "more than %u areas", VMA_MAX);
	notes_gap_err(&t->notes, e);
	if (!ret->count)
		return err_new(ERR_DATA, "the process has no area of memory");
	return NULL;
}
