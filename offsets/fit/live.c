#include "offsets/fit/live.h"

#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/view.h"
#include "offsets/fit/gather.h"

#define IMAGE_MAP UINT64_C(0xffffffff80000000) /* __START_KERNEL_map */
#define SYMBOLS_MAX (256u << 20)
#define VMCOREINFO_TEXT_MAX 65536

void live_deinit(struct live *k)
{
	memory_close(k->memory);
	facts_free(k->kernel);
	buf_deinit(&k->symbols);
	buf_deinit(&k->vmcoreinfo);
	err_discard(k->fatal);
	*k = (struct live){ .memory = NULL };
}

void live_init(struct live *k, struct memory *memory)
{
	*k = (struct live){ .memory = gather_new(memory), .symbols = BUF_INIT, .vmcoreinfo = BUF_INIT };
	k->tables.memory = k->memory;
	k->ram_end = ram_map_end(memory_ram_map(k->memory)).v;
}

static struct err *read_boot(const char *dir, struct live *k)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s/boot", dir);
	CLEANUP(facts_freep) struct facts *boot = NULL;
	uint64_t levels = 0, root = 0, mask = 0;
	const struct {
		const char *key;
		uint64_t *value;
		bool optional;
	} numbers[] = {
		{ "phys_base", &k->phys_base, false },
		{ "kernel_shift", &k->shift, false },
		{ "levels", &levels, false },
		{ "page_table_root", &root, false },
		{ "page_offset_base", &k->page_offset_base, true },
		{ "encrypt_mask", &mask, true },
	};
	struct memory *memory;
	const char *uri;
	struct err *e = facts_read(path, &boot);

	if (e)
		return e;
	e = facts_str(boot, "memory", &uri);
	if (e)
		return e;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (numbers[i].optional && !facts_get(boot, numbers[i].key))
			continue;
		e = facts_u64(boot, numbers[i].key, numbers[i].value);
		if (e)
			return e;
	}
	e = memory_open(uri, &memory);
	if (e)
		return e;
	k->memory = gather_new(memory);
	k->tables = (struct xlat){ k->memory, PADDR(root), (unsigned int)levels, mask };
	return NULL;
}

static struct err *read_ram_map(const char *dir, struct live *k)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s/ram_map", dir);
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;
	struct err *e = file_exists(path) ? ram_map_read(path, &map) : NULL;

	if (e)
		return e;
	if (map.count)
		memory_set_ram_map(k->memory, &map);
	k->ram_end = ram_map_end(memory_ram_map(k->memory)).v;
	return NULL;
}

/* Leaves text empty where there is no such file. */
static struct err *read_text(const char *dir, const char *name, size_t max, struct buf *text)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s/%s", dir, name);

	return file_exists(path) ? file_read(path, max, text) : NULL;
}

struct err *live_open(const char *dir, struct live *ret)
{
	CLEANUP(free_ptr) char *kernel = xasprintf("%s/kernel", dir);
	struct err *e;

	*ret = (struct live){ .symbols = BUF_INIT, .vmcoreinfo = BUF_INIT };
	e = read_boot(dir, ret);
	if (e)
		return e;
	e = read_ram_map(dir, ret);
	if (e)
		return e;
	e = facts_read(kernel, &ret->kernel);
	if (e)
		return e;
	e = read_text(dir, "System.map", SYMBOLS_MAX, &ret->symbols);
	if (e)
		return e;
	e = read_text(dir, "vmcoreinfo", VMCOREINFO_TEXT_MAX, &ret->vmcoreinfo);
	if (e)
		return e;
	ret->link_time_optimized = strstr(buf_str(&ret->symbols), ".llvm.");
	ret->image = live_symbol(ret, "_text");
	ret->image_end = live_symbol(ret, "_end");
	return NULL;
}

/* The line of System.map that ends with this name, or NULL: "ffffffff81000000 T _stext". */
static const char *line_of(const struct live *k, const char *name)
{
	CLEANUP(free_ptr) char *needle = xasprintf(" %s\n", name);
	const char *text = buf_str(&k->symbols), *hit = strstr(text, needle);

	return hit && hit - text >= 18 ? hit - 18 : NULL;
}

static uint64_t distance_at(const char *line)
{
	uint64_t start = strtoull(line, NULL, 16), next;

	while ((line = strchr(line, '\n')) && *++line) {
		next = strtoull(line, NULL, 16);
		if (next != start)
			return next > start ? next - start : 0;
	}
	return 0;
}

static struct live_name look_up(const struct live *k, const char *name)
{
	struct live_name n = { name, 0, 0 };
	const char *line = line_of(k, name);
	uint64_t link = 0;

	if (line) {
		link = strtoull(line, NULL, 16);
		n.distance = distance_at(line);
	} else if (k->kernel) {
		CLEANUP(free_ptr) char *key = xasprintf("symbol.%s", name);

		if (facts_get(k->kernel, key))
			err_discard(facts_u64(k->kernel, key, &link));
	}
	n.address = link >> 63 ? link + k->shift : 0;
	return n;
}

/* Searches for each name once. */
static struct live_name name_of(struct live *k, const char *name)
{
	struct live_name n;

	for (size_t i = 0; i < k->name_count; i++)
		if (k->names[i].name == name || !strcmp(k->names[i].name, name))
			return k->names[i];
	n = look_up(k, name);
	if (k->name_count < LIVE_NAMES_MAX)
		k->names[k->name_count++] = n;
	return n;
}

uint64_t live_symbol(struct live *k, const char *name)
{
	return name_of(k, name).address;
}

uint64_t live_distance(struct live *k, const char *name)
{
	return name_of(k, name).distance;
}

bool live_begin(struct live *k)
{
	bool worth = gather_is_worth(k->memory);

	gather_set_rehearsal(k->memory, worth);
	return worth;
}

bool live_fetch(struct live *k)
{
	bool any = false;
	struct err *e = k->fatal ? NULL : gather_fetch(k->memory, &any);

	if (e)
		k->fatal = e;
	return any && !e;
}

void live_end(struct live *k)
{
	gather_set_rehearsal(k->memory, false);
}

/* Keeps e if it means that the memory is gone. Returns false, for the caller. */
static bool fail(struct live *k, struct err *e)
{
	if (err_is_fatal(e) && !k->fatal)
		k->fatal = e;
	else
		err_discard(e);
	return false;
}

/* Where the byte lies. *run: so many bytes from it on are neighbours in physical memory, too. */
static bool translate(struct live *k, uint64_t at, struct paddr *ret, uint64_t *run)
{
	struct xlat_result r;
	struct err *e;

	if (k->page_offset_base && at - k->page_offset_base < k->ram_end) {
		*ret = PADDR(at - k->page_offset_base);
		*run = k->ram_end - ret->v;
		return true;
	}
	if (at >= k->image && at < k->image_end) {
		*ret = PADDR(at - IMAGE_MAP + k->phys_base);
		*run = k->image_end - at;
		return true;
	}
	e = xlat_walk(&k->tables, at, &r);
	if (e)
		return fail(k, e);
	if (r.kind != XLAT_MAPPED && r.kind != XLAT_PROT_NONE)
		return false;
	*ret = r.at;
	*run = r.page_size - (at & (r.page_size - 1));
	return true;
}

bool live_read(struct live *k, uint64_t at, void *to, size_t size)
{
	while (size) {
		struct paddr where;
		uint64_t run;
		size_t piece;
		struct err *e;

		if (k->fatal || !live_is_kernel(at) || !translate(k, at, &where, &run))
			return false;
		piece = size < run ? size : (size_t)run;
		e = memory_read(k->memory, where, to, piece);
		if (e)
			return fail(k, e);
		at += piece;
		to = (char *)to + piece;
		size -= piece;
	}
	return true;
}

bool live_u64(struct live *k, uint64_t at, uint64_t *ret)
{
	return live_read(k, at, ret, sizeof(*ret));
}

bool live_u32(struct live *k, uint64_t at, uint32_t *ret)
{
	return live_read(k, at, ret, sizeof(*ret));
}

bool live_text(struct live *k, uint64_t at, char *to, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		size_t rest = (size_t)(GATHER_LINE - (at + i) % GATHER_LINE); /* of its line */

		if ((!i || rest == GATHER_LINE) && !live_read(k, at + i, to + i, size - i < rest ? size - i : rest))
			return false;
		if (!to[i])
			return i > 0;
		if (to[i] < ' ' || to[i] > '~')
			return false;
	}
	return false;
}
