#include "recover/kernel/kernel.h"

#include "base/view.h"

struct err *kernel_init(struct memory *m, const struct candidate *c, struct kernel *ret)
{
	bool kept = c->pages;

	*ret = (struct kernel){ .memory = m, .candidate = c, .map = c->map };
	ret->pages = kept ? c->pages : &ret->own_pages;
	if (!kept)
		kernel_pages_init(m, &c->map, ret->pages);
	ret->image = ret->pages->bytes;
	ret->image_size = ret->pages->size;
	return kept ? NULL : kernel_pages_read(ret->pages, c->map.start, c->map.end);
}

void kernel_deinit(struct kernel *k)
{
	kernel_pages_deinit(&k->own_pages);
	landmarks_deinit(&k->landmarks);
	k->pages = NULL;
	k->image = NULL;
}

bool kernel_symbol(const struct kernel *k, const char *name, struct kaddr *ret)
{
	struct err *e = candidate_symbol(k->candidate, name, ret);
	const struct landmark *known = e ? landmarks_get(&k->landmarks, name) : NULL;

	if (known)
		*ret = known->at;
	err_discard(e);
	return !e || known;
}

const char *kernel_symbol_source(const struct kernel *k, const char *name)
{
	const struct landmark *l;
	struct kaddr at;
	struct err *e = kallsyms_lookup(k->candidate->symbols, name, &at);

	if (!e)
		return NULL;
	err_discard(e);
	l = landmarks_get(&k->landmarks, name);
	if (!l)
		l = landmarks_get(&k->candidate->landmarks, name);
	return l ? buf_str(&l->sources) : NULL;
}

bool kernel_page_table(const struct kernel *k, struct kaddr *ret, const char **name)
{
	static const char *const names[] = { "init_top_pgt", "init_level4_pgt", "swapper_pg_dir" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		*name = names[i];
		if (kernel_symbol(k, names[i], ret))
			return true;
	}
	return false;
}

const uint8_t *kernel_bytes(const struct kernel *k, struct kaddr at, size_t size)
{
	return kernel_pages_bytes(k->pages, at, size);
}

static const uint8_t *variable(const struct kernel *k, const char *name, size_t size)
{
	struct kaddr at;

	return kernel_symbol(k, name, &at) ? kernel_bytes(k, at, size) : NULL;
}

bool kernel_u64(const struct kernel *k, const char *name, uint64_t *ret)
{
	const uint8_t *bytes = variable(k, name, sizeof(*ret));

	if (bytes)
		*ret = load_u64(bytes);
	return bytes;
}

bool kernel_u32(const struct kernel *k, const char *name, uint32_t *ret)
{
	const uint8_t *bytes = variable(k, name, sizeof(*ret));

	if (bytes)
		*ret = load_u32(bytes);
	return bytes;
}

bool kernel_pointer(const struct kernel *k, uint64_t pointer, struct paddr *ret)
{
	struct paddr at = PADDR(pointer - k->page_offset_base);

	if (kernel_bytes(k, KADDR(pointer), 1))
		at = kernel_map_pa(&k->map, KADDR(pointer));
	if (!ram_map_contains(memory_ram_map(k->memory), at, 1))
		return false;
	*ret = at;
	return true;
}
