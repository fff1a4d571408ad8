/* stress: reads a memory source at random and compares every byte with the file it is made of.
 *
 *	stress --make FILE [--size MIB]		writes a file in which every word tells its own place
 *	stress [OPTION...] URI FILE		reads
 *
 * Prints what came of it as key=value: reads, wrong_bytes, a count for each status, the source's own counters.
 * Status: 3 when a byte was wrong, or when something failed that --expect does not name.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/progress.h"
#include "memory/memory.h"

#define LEGACY_START 0xa0000
#define LEGACY_END 0x100000
#define FOUR_GIB (UINT64_C(1) << 32)
#define VECTOR_MAX 64
#define ELEMENT_MAX 9000
#define FILE_MAX_SIZE (1u << 30)

struct stress {
	const char *make, *expect;
	uint64_t mib, lowmem, reads, seed, size, random;
	uint32_t largest;
	bool pages;
	struct buf file;
	uint64_t done, bytes, wrong_bytes, by_status[MEMORY_STATUS_COUNT];
	uint8_t *to;
};

static uint64_t next(struct stress *s)
{
	s->random ^= s->random >> 12;
	s->random ^= s->random << 25;
	s->random ^= s->random >> 27;
	return s->random * UINT64_C(2685821657736338717) >> 16;
}

static struct err *make_file(const struct stress *s)
{
	size_t words = (size_t)s->mib << 17;
	CLEANUP(free_ptr) uint64_t *data = xcalloc(words, sizeof(*data));

	for (size_t i = 0; i < words; i++)
		data[i] = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
	return file_write(s->make, data, words * sizeof(*data), NULL);
}

static uint64_t address_of(const struct stress *s, uint64_t offset)
{
	return offset < s->lowmem ? offset : offset - s->lowmem + FOUR_GIB;
}

static uint64_t offset_of(const struct stress *s, uint64_t at)
{
	return at < FOUR_GIB ? at : at - FOUR_GIB + s->lowmem;
}

/* One element: small ones mostly, as structures are; some are neighbours of the one before. */
static struct memory_read choose(struct stress *s, const struct memory_read *before)
{
	static const uint32_t sizes[] = { 4, 8, 16, 64, 256, 512, 4096, ELEMENT_MAX };
	uint32_t size = 1 + (uint32_t)(next(s) % sizes[next(s) % 8]);
	uint64_t offset = next(s) % (s->file.size - size);

	if (s->pages) {
		size = 4096;
		offset &= ~UINT64_C(4095);
	} else if (size > s->largest) {
		size = s->largest;
	}
	if (before && next(s) % 3 == 0)
		offset = offset_of(s, before->at.v) + (s->pages ? 4096 : next(s) % 1000);
	if (offset + size > s->file.size)
		offset = 0;
	if (offset < s->lowmem && offset + size > s->lowmem)
		offset = s->lowmem;
	return (struct memory_read){ PADDR(address_of(s, offset)), size, NULL, MEMORY_OK };
}

static void check(struct stress *s, const struct memory_read *r)
{
	const uint8_t *truth = (const uint8_t *)s->file.data + offset_of(s, r->at.v), *to = r->to;

	s->done++;
	if (r->status == MEMORY_HOLE && r->at.v < LEGACY_END && r->at.v + r->size > LEGACY_START)
		return; /* of a live machine never read */
	s->by_status[r->status]++;
	if (r->status != MEMORY_OK)
		return;
	s->bytes += r->size;
	if (!memcmp(truth, to, r->size))
		return;
	for (uint32_t i = 0; i < r->size; i++)
		s->wrong_bytes += truth[i] != to[i];
	fprintf(stderr, "stress: wrong: %u bytes at 0x%" PRIx64 "\n", r->size, r->at.v);
}

static struct err *read_all(struct stress *s, struct memory *m)
{
	struct memory_read reads[VECTOR_MAX];
	struct err *e = NULL;

	while (!e && s->done < s->reads) {
		size_t n = 1 + next(s) % VECTOR_MAX;

		for (size_t i = 0; i < n; i++) {
			reads[i] = choose(s, i ? &reads[i - 1] : NULL);
			reads[i].to = s->to + i * ELEMENT_MAX;
			memset(reads[i].to, 0xa5, reads[i].size);
		}
		e = memory_read_vector(m, reads, n);
		for (size_t i = 0; !e && i < n; i++)
			check(s, &reads[i]);
	}
	return e;
}

static void print(const char *name, uint64_t value, void *arg)
{
	(void)arg;
	printf("%s=%" PRIu64 "\n", name, value);
}

/* Whether a status is one of those that --expect names, by comma. */
static bool is_expected(const struct stress *s, enum memory_status status)
{
	const char *name = memory_status_name(status), *found = s->expect ? strstr(s->expect, name) : NULL;

	return status == MEMORY_OK || (found && (found[strlen(name)] == ',' || !found[strlen(name)]));
}

static struct err *report(const struct stress *s, const struct memory *m, double seconds)
{
	struct err *e = NULL;

	print("reads", s->done, NULL);
	print("wrong_bytes", s->wrong_bytes, NULL);
	print("reads_per_second", (uint64_t)((double)s->done / seconds), NULL);
	print("bytes_per_second", (uint64_t)((double)s->bytes / seconds), NULL);
	for (enum memory_status i = 0; i < MEMORY_STATUS_COUNT; i++) {
		if (s->by_status[i])
			printf("status %s=%" PRIu64 "\n", memory_status_name(i), s->by_status[i]);
		if (!e && s->by_status[i] && !is_expected(s, i))
			e = err_new(ERR_DATA, "%" PRIu64 " reads failed: %s", s->by_status[i], memory_status_name(i));
	}
	memory_stats(m, print, NULL);
	if (!s->wrong_bytes)
		return e;
	err_discard(e);
	return err_new(ERR_DATA, "%" PRIu64 " wrong bytes", s->wrong_bytes);
}

static struct err *stress(struct stress *s, const char *uri, const char *file)
{
	CLEANUP(memory_closep) struct memory *m = NULL;
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;
	struct err *e = file_read(file, FILE_MAX_SIZE, &s->file);
	double started;

	if (!e)
		e = memory_open(uri, &m);
	if (e)
		return e;
	if (!s->lowmem)
		s->lowmem = s->file.size;
	ram_map_add(&map, PADDR(0), PADDR(s->lowmem));
	ram_map_add(&map, PADDR(FOUR_GIB), PADDR(FOUR_GIB + s->file.size - s->lowmem));
	memory_set_ram_map(m, &map);
	s->random = s->seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	s->to = xmalloc(VECTOR_MAX * ELEMENT_MAX);
	started = monotonic_seconds();
	e = read_all(s, m);
	return e ? e : report(s, m, monotonic_seconds() - started);
}

static const struct option options[] = {
	{ "make", 1, NULL, 'm' },  { "size", 1, NULL, 's' }, { "lowmem", 1, NULL, 'l' },
	{ "reads", 1, NULL, 'n' }, { "seed", 1, NULL, 'r' }, { "expect", 1, NULL, 'e' },
	{ "largest", 1, NULL, 'b' }, { "pages", 0, NULL, 'p' }, { 0 },
};

int main(int argc, char **argv)
{
	struct stress s = { .mib = 32, .reads = 20000, .seed = 1, .file = BUF_INIT, .largest = ELEMENT_MAX };
	struct err *e;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'm': s.make = optarg; break;
		case 's': s.mib = strtoull(optarg, NULL, 0); break;
		case 'l': s.lowmem = strtoull(optarg, NULL, 0); break;
		case 'n': s.reads = strtoull(optarg, NULL, 0); break;
		case 'r': s.seed = strtoull(optarg, NULL, 0); break;
		case 'b': s.largest = (uint32_t)strtoul(optarg, NULL, 0); break;
		case 'e': s.expect = optarg; break;
		case 'p': s.pages = true; break;
		default: return ERR_USAGE;
		}
	}
	if (s.make)
		e = make_file(&s);
	else if (optind + 2 == argc)
		e = stress(&s, argv[optind], argv[optind + 1]);
	else
		e = err_new(ERR_USAGE, "expected URI FILE, or --make FILE");
	buf_deinit(&s.file);
	free(s.to);
	return err_report(e, "stress");
}
