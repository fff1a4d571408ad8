#include "kernel-src/infer/clues.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"

#define NODES_SHIFT_MAX 10

static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at++)
		if ((at == text || at[-1] == ' ') && (!at[n] || at[n] == ' '))
			return true;
	return false;
}

/* Each of these says of an option whether it is built in. */
static void set(struct infer *in, const char *name, bool on, const char *why)
{
	infer_set(in, name, on ? INFER_Y : INFER_NOT_Y, why);
}

void clues_banner(struct infer *in, const char *banner)
{
	const char *build = strstr(banner, " #");

	if (!build)
		return;
	set(in, "SMP", has_word(build, "SMP"), "banner");
	set(in, "PREEMPT_RT", has_word(build, "PREEMPT_RT") || strstr(build, " PREEMPT RT"), "banner");
	set(in, "PREEMPT_DYNAMIC", has_word(build, "PREEMPT_DYNAMIC"), "banner");
}

struct err *clues_vermagic(struct infer *in, const struct kconfig *k, const char *vermagic)
{
	const char *words = strchr(vermagic, ' ');
	bool builds;

	if (!words)
		return NULL;
	if (strstr(words, "RANDSTRUCT"))
		return err_new(ERR_DATA, "the kernel's structures are in random order (RANDSTRUCT in its "
					 "vermagic), by a seed that is not in its memory: its layout "
					 "cannot be found out");
	set(in, "SMP", has_word(words, "SMP"), "vermagic");
	set(in, "PREEMPT_RT", has_word(words, "preempt_rt"), "vermagic");
	set(in, "MODULE_UNLOAD", has_word(words, "mod_unload"), "vermagic");
	set(in, "MODVERSIONS", has_word(words, "modversions"), "vermagic");
	if (has_word(words, "retpoline"))
		set(in, "RETPOLINE", true, "vermagic");
	/* vermagic has one word for preemption: preempt_rt says nothing of preempt */
	builds = kconfig_types(k, "PREEMPT_BUILD", strlen("PREEMPT_BUILD"));
	if (!has_word(words, "preempt_rt"))
		set(in, builds ? "PREEMPT_BUILD" : "PREEMPT", has_word(words, "preempt"), "vermagic");
	set(in, "MODULES", true, "vermagic");
	return NULL;
}

/* What stands behind KEY= at the start of a line; NULL: no line has it. */
static const char *value_of(const char *vmcoreinfo, const char *key)
{
	CLEANUP(free_ptr) char *needle = xasprintf("%s=", key);

	for (const char *at = vmcoreinfo; (at = strstr(at, needle)); at++)
		if (at == vmcoreinfo || at[-1] == '\n')
			return at + strlen(needle);
	return NULL;
}

static bool has_key(const char *vmcoreinfo, const char *key)
{
	return value_of(vmcoreinfo, key) != NULL;
}

/* 0: it is not there, or no number. */
static uint64_t number_of(const char *vmcoreinfo, const char *key)
{
	const char *value = value_of(vmcoreinfo, key);

	return value ? strtoull(value, NULL, 0) : 0;
}

void clues_vmcoreinfo(struct infer *in, const char *text)
{
	if (!has_key(text, "OSRELEASE"))
		return;
	if (has_key(text, "SYMBOL(mem_section)"))
		set(in, "SPARSEMEM", true, "VMCOREINFO: mem_section");
	/* mem_map stands beside it, whatever the memory model is, and says nothing */
	if (has_key(text, "SYMBOL(contig_page_data)"))
		set(in, "NUMA", false, "VMCOREINFO: contig_page_data");
	if (has_key(text, "LENGTH(node_data)"))
		set(in, "NUMA", true, "VMCOREINFO: length of node_data");
	if (has_key(text, "NUMBER(PG_hwpoison)"))
		set(in, "MEMORY_FAILURE", true, "VMCOREINFO: PG_hwpoison");
}

static void use_module(struct infer *in, const struct gates *gates, const char *name, size_t size)
{
	CLEANUP(free_ptr) struct condition *c = xmalloc(sizeof(*c));
	CLEANUP(free_ptr) char *why = xasprintf("module %.*s is loaded", (int)size, name);
	const char *text = gates_module(gates, name, size), *end = text ? strchr(text, '\n') : NULL;

	infer_set(in, "MODULES", INFER_Y, why);
	if (!end || end[1]) /* the makefiles build it nowhere, or in several ways */
		return;
	condition_read(text, (size_t)(end - text), c);
	for (size_t i = 0; i < c->count; i++)
		infer_set(in, c->atoms[i].name, c->atoms[i].kind == ATOM_M ? INFER_M : INFER_ON, why);
}

void clues_modules(struct infer *in, const struct gates *gates, const char *symbols)
{
	const char *last = "";
	size_t last_size = 0;

	for (const char *at = symbols; *at; at += *at == '\n') {
		size_t n = strcspn(at, "\n");
		const char *name = memmem(at, n, "\t[", 2);
		size_t size = name ? strcspn(name + 2, "]\n") : 0;

		at += n;
		if (!size || name[2 + size] != ']' ||
		    (size == last_size && !memcmp(name + 2, last, size)))
			continue;
		last = name + 2;
		last_size = size;
		use_module(in, gates, last, size);
	}
}

/* The line of a symbol, "ffffffff81000000 T name"; NULL: the map does not have it. */
static const char *line_of(const char *system_map, const char *symbol)
{
	CLEANUP(free_ptr) char *needle = xasprintf(" %s\n", symbol);
	const char *hit = strstr(system_map, needle);

	return hit && hit - system_map >= 18 ? hit - 18 : NULL;
}

/* Bytes from a symbol to the next one; 0 when it is not known. */
static uint64_t distance(const char *system_map, const char *symbol)
{
	const char *line = line_of(system_map, symbol);
	uint64_t start;

	if (!line)
		return 0;
	start = strtoull(line, NULL, 16);
	for (line = strchr(line, '\n') + 1; *line; line += *line == '\n') {
		uint64_t next = strtoull(line, NULL, 16);

		if (next != start)
			return next > start ? next - start : 0;
		line += strcspn(line, "\n");
	}
	return 0;
}

/* The exponent of a power of two; NODES_SHIFT_MAX + 1 for any other number, and for one that is too
 * large. */
static unsigned int shift_of(uint64_t of)
{
	unsigned int shift = 0;

	while (shift <= NODES_SHIFT_MAX && of > UINT64_C(1) << shift)
		shift++;
	return of == UINT64_C(1) << shift ? shift : NODES_SHIFT_MAX + 1;
}

/* These variables are __cacheline_aligned, or __cacheline_aligned_in_smp: where there are several
 * processors each stands at the start of a cache line. So a line is no longer than what divides all
 * their addresses. We take it to be no shorter either: by chance alone, so many addresses are not
 * all a multiple of two lines. */
static void add_line_size(const char *system_map, struct buf *b)
{
	static const char *const aligned[] = { "tasklist_lock", "mmlist_lock", "rename_lock", "mount_lock",
					       "jiffies_lock", "inode_hash_lock", "pidmap_lock", "jiffies" };
	uint64_t all = 0;
	unsigned int count = 0, shift = 0;

	for (size_t i = 0; i < sizeof(aligned) / sizeof(aligned[0]); i++) {
		const char *line = line_of(system_map, aligned[i]);

		if (!line)
			continue;
		all |= strtoull(line, NULL, 16);
		count++;
	}
	while (count && all && !(all >> shift & 1))
		shift++;
	if (count >= 6 && (shift == 6 || shift == 7))
		buf_addf(b, "CONFIG_X86_L1_CACHE_SHIFT\t%u\t%u:0\taddresses of tasklist_lock and others\n",
			 shift, count);
}

/* node_data has 1 << NODES_SHIFT elements. */
static void add_nodes_shift(const char *system_map, const char *vmcoreinfo, struct buf *b, struct buf *said)
{
	uint64_t room = distance(system_map, "node_data") / 8;
	uint64_t told = number_of(vmcoreinfo, "LENGTH(node_data)");
	unsigned int shift = 0;

	if (told && shift_of(told) <= NODES_SHIFT_MAX) {
		if (room && room < told)
			buf_addf(said,
				 "contradiction: VMCOREINFO has %llu elements of node_data,"
				 " the next symbol leaves room for %llu\n",
				 (unsigned long long)told, (unsigned long long)room);
		buf_addf(b, "CONFIG_NODES_SHIFT\t%u\t1:0\tVMCOREINFO: length of node_data\n",
			 shift_of(told));
		return;
	}
	while (room >> (shift + 1))
		shift++;
	if (room > 1 && shift <= NODES_SHIFT_MAX)
		buf_addf(b, "CONFIG_NODES_SHIFT\t%u\t1:0\tlength of node_data\n", shift);
}

/* An array ends where the next symbol begins, or before it: that symbol may be aligned. So a length
 * comes out right or a little too large, never too small. */
void clues_numbers(const char *system_map, const char *vmcoreinfo, struct buf *b, struct buf *said)
{
	uint64_t cpus = distance(system_map, "__per_cpu_offset") / 8;

	add_line_size(system_map, b);
	if (cpus && cpus <= 8192)
		buf_addf(b, "CONFIG_NR_CPUS\t%llu\t1:0\tlength of __per_cpu_offset\n",
			 (unsigned long long)cpus);
	add_nodes_shift(system_map, vmcoreinfo, b, said);
}
