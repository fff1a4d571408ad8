#include "offsets/fit/slabs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/view.h"

/* struct kmem_cache is not in fields.def, for the caches themselves tell where its members lie: in each
 * cache the pointer to the cache's name stands before the list_head that slab_caches leads to; a cache
 * kmalloc-N has objects of N bytes; and the count of users is -1 in the two caches that the allocator
 * itself is made of, and 1 in most others. */

#define CACHES_MAX 320
#define BEFORE 256 /* bytes that are read before the list_head */
#define BEHIND 256 /* ... and from it on */

struct cache {
	char name[64];
	uint64_t at; /* of its list_head */
	uint8_t around[BEFORE + BEHIND];
};

struct caches {
	struct cache *list;
	size_t count;
};

/* The oldest caches, which the kernel made when it booted: a new cache enters the list at its front. */
static bool read_caches(struct fit *f, struct caches *ret)
{
	uint64_t head = live_symbol(f->live, "slab_caches"), at = head, name;
	uint64_t prev = fit_offset(f, "list_head", "prev");
	uint8_t page[4096];

	if (!head || !live_u64(f->live, head + prev, &at))
		return false;
	ret->list = xcalloc(CACHES_MAX, sizeof(*ret->list));
	for (; at != head && ret->count < CACHES_MAX; ret->count++) {
		struct cache *c = &ret->list[ret->count];

		/* they lie side by side, being objects of a cache themselves */
		if (!fit_is_pointer(at) ||
		    (!live_read(f->live, at & ~UINT64_C(4095), page, sizeof(page)) && f->live->fatal) ||
		    !live_read(f->live, at - BEFORE, c->around, sizeof(c->around)))
			break;
		name = load_u64(c->around + BEFORE - 8);
		if (!live_text(f->live, name, c->name, sizeof(c->name)))
			c->name[0] = '\0';
		c->at = at;
		at = load_u64(c->around + BEFORE + prev);
	}
	return ret->count > 8;
}

/* 64 for "kmalloc-64", 2048 for "kmalloc-2k"; 0 for others. */
static uint32_t size_by_name(const char *name)
{
	char *end;
	unsigned long n;

	if (strncmp(name, "kmalloc-", 8) != 0)
		return 0;
	n = strtoul(name + 8, &end, 10);
	if (*end == 'k')
		n *= 1024, end++;
	if (*end == 'M')
		n *= 1024 * 1024, end++;
	return *end || n > 1 << 26 ? 0 : (uint32_t)n;
}

/* Where object_size lies. Two members fit every kmalloc cache: object_size, and size, which includes
 * padding. So we take the one whose sum over all caches is the smaller. */
static bool find_size(const struct caches *c, size_t *ret)
{
	uint64_t least = UINT64_MAX;

	for (size_t at = 0; at + 4 <= BEFORE + BEHIND; at += 4) {
		uint64_t sum = 0;
		size_t fitting = 0;
		bool ok = true;

		for (size_t i = 0; i < c->count && ok; i++) {
			uint32_t value = load_u32(c->list[i].around + at), size = size_by_name(c->list[i].name);

			ok = value && value < 1 << 26 && (!size || value == size);
			fitting += size != 0;
			sum += value;
		}
		if (ok && fitting >= 6 && sum < least) {
			least = sum;
			*ret = at;
		}
	}
	return least != UINT64_MAX;
}

/* Where the count of users lies. */
static bool find_users(const struct caches *c, size_t *ret)
{
	for (size_t at = BEFORE; at < BEFORE + 2 * BEHIND; at += 4) {
		/* behind the list first, then before it */
		size_t place = at < BEFORE + BEHIND ? at : at - BEHIND - BEFORE;
		size_t own = 0, single = 0;
		bool ok = true;

		for (size_t i = 0; i < c->count && ok; i++) {
			int32_t value = (int32_t)load_u32(c->list[i].around + place);
			bool base = !strcmp(c->list[i].name, "kmem_cache") ||
				    !strcmp(c->list[i].name, "kmem_cache_node");

			ok = base ? value == -1 : value >= -1 && value != 0 && value < 512;
			own += base;
			single += value == 1;
		}
		if (ok && own == 2 && 4 * single > c->count) {
			*ret = place;
			return true;
		}
	}
	return false;
}

/* By how many bytes an object may be smaller or larger than sizeof. */
struct rule {
	const char *cache, *tag;
	long less, more;
	const char *name;
};

static const struct rule rules[] = {
	{ "vm_area_struct", "vm_area_struct", 0, 0, "sizeof(vm_area_struct): of slab vm_area_struct" },
	{ "signal_cache", "signal_struct", 0, 0, "sizeof(signal_struct): of slab signal_cache" },
	{ "files_cache", "files_struct", 0, 0, "sizeof(files_struct): of slab files_cache" },
	{ "fs_cache", "fs_struct", 0, 0, "sizeof(fs_struct): of slab fs_cache" },
	{ "cred_jar", "cred", 0, 0, "sizeof(cred): of slab cred_jar" },
	{ "cred", "cred", 0, 0, "sizeof(cred): of slab cred" },
	{ "pid", "pid", 0, 16, "sizeof(pid): of slab pid" },
	{ "filp", "file", 0, 0, "sizeof(file): of slab filp" },
	{ "dentry", "dentry", 0, 0, "sizeof(dentry): of slab dentry" },
	{ "inode_cache", "inode", 0, 0, "sizeof(inode): of slab inode_cache" },
	{ "mnt_cache", "mount", 0, 0, "sizeof(mount): of slab mnt_cache" },
	{ "nsproxy", "nsproxy", 0, 0, "sizeof(nsproxy): of slab nsproxy" },
	{ "user_namespace", "user_namespace", 0, 0, "sizeof(user_namespace): of its slab" },
	{ "uts_namespace", "uts_namespace", 0, 0, "sizeof(uts_namespace): of its slab" },
	{ "pid_namespace", "pid_namespace", 0, 32 * 16, "sizeof(pid_namespace): of its slab" },
	{ "radix_tree_node", "radix_tree_node", 0, 0, "sizeof(radix_tree_node): of its slab" },
	{ "maple_node", "maple_node", 0, 0, "sizeof(maple_node): of its slab" },
	/* at its end the task's registers have the room that this CPU needs, not the page that they are
	 * declared with */
	{ "task_struct", "task_struct", 4096, 8192, "sizeof(task_struct): of slab task_struct, about" },
};

/* A mask of CPUs follows mm_struct: of all that there can be, or of all that there are. Up to 4.18 the
 * mask lies in the structure. Since 6.3 a process may number its CPUs (SCHED_MM_CID); then there are two
 * or three masks. */
static void check_spaces(struct fit *f, const struct cache *c, uint64_t object)
{
	uint64_t possible = live_distance(f->live, "__cpu_possible_mask"), size, masks;
	uint32_t cpus = 0;
	bool fits = false, inside = fit_have(f, "mm_struct", "cpu_vm_mask_var");
	size_t type;

	if (!fit_have_type(f, "mm_struct", &type) ||
	    !live_u32(f->live, live_symbol(f->live, "nr_cpu_ids"), &cpus) || !cpus || cpus > 8192)
		return;
	size = f->layout->types[type].size;
	masks = live_symbol(f->live, "sched_mm_cid_fork") || live_symbol(f->live, "task_mm_cid_work") ? 3 : 1;
	if (inside)
		fits = object == size;
	for (uint64_t i = masks > 1 ? 2 : 1; !inside && i <= masks; i++)
		fits |= object == size + i * possible || object == size + i * ((cpus + 63) / 64 * 8);
	fit_check(f, "sizeof(mm_struct): of slab mm_struct, with masks of CPUs", fits, c->at);
}

static void check_cache(struct fit *f, const struct cache *c, size_t size_at, size_t users_at)
{
	long object = (long)load_u32(c->around + size_at);
	bool merged = users_at == SIZE_MAX || (int32_t)load_u32(c->around + users_at) > 1;

	if (!strcmp(c->name, "mm_struct"))
		check_spaces(f, c, (uint64_t)object);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		size_t type;
		long size;

		if (strcmp(rules[i].cache, c->name) || !fit_have_type(f, rules[i].tag, &type))
			continue;
		size = (long)f->layout->types[type].size;
		/* a cache that several kinds of objects share has room for the largest, in cache lines */
		fit_check(f, rules[i].name,
			  object >= size - rules[i].less &&
				  object <= size + rules[i].more + (merged ? 63 : 0), c->at);
	}
}

void fit_slabs(struct fit *f)
{
	struct caches c = { NULL, 0 };
	size_t size_at, users_at = SIZE_MAX;

	if (read_caches(f, &c) && find_size(&c, &size_at)) {
		if (!find_users(&c, &users_at))
			users_at = SIZE_MAX;
		for (size_t i = 0; i < c.count; i++)
			check_cache(f, &c.list[i], size_at, users_at);
	}
	free(c.list);
}

/* "SIZE(page)=64", "OFFSET(page.flags)=0" */
void fit_vmcoreinfo(struct fit *f)
{
	for (const char *line = buf_str(&f->live->vmcoreinfo); *line; line += strcspn(line, "\n"),
			line += *line == '\n') {
		char tag[64], member[64];
		unsigned long value;
		size_t type;

		if (sscanf(line, "SIZE(%63[a-z_])=%lu", tag, &value) == 2 && fit_have_type(f, tag, &type))
			fit_check(f, "VMCOREINFO: sizes", f->layout->types[type].size == value, type);
		if (sscanf(line, "OFFSET(%63[a-z_].%63[a-z_])=%lu", tag, member, &value) == 3 &&
		    fit_have(f, tag, member))
			fit_check(f, "VMCOREINFO: offsets", fit_offset(f, tag, member) == value, value);
	}
}
