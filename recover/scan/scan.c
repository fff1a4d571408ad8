#include "recover/scan/scan.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "base/alloc.h"
#include "base/view.h"
#include "recover/config/hints.h"

#define BLOCK 64			 /* bytes that a filter judges together */
#define BUFFER_SIZE (UINT64_C(256) << 10) /* fits into a core's second-level cache */
#define BATCH_MAX 1024			 /* pages in one vector, where vectors are worth it */
#define CHUNK_SIZE (UINT64_C(8) << 20)	 /* what a thread takes at a time */
#define THREADS_MAX 64

static const char *const kind_names[SCAN_KIND_COUNT] = {
	[SCAN_BANNER] = "banner",     [SCAN_VMCOREINFO] = "vmcoreinfo",
	[SCAN_BTF] = "BTF",	      [SCAN_IKCONFIG] = "IKCONFIG",
	[SCAN_SWAPPER] = "swapper/0", [SCAN_CONFIG_TEXT] = "config text",
};

const char *scan_kind_name(enum scan_kind kind)
{
	return kind_names[kind];
}

void scan_deinit(struct scan *s)
{
	for (int kind = 0; kind < SCAN_KIND_COUNT; kind++)
		free(s->hits[kind].at);
	*s = (struct scan){ 0 };
}

/* --- config text ------------------------------------------------------------- */

static bool is_text(uint8_t c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t';
}

/* A cheap test that every page of config text passes: it starts with text (little of it, where it is
 * the last page of a file) and names an option. */
static bool may_be_config_text(const uint8_t *page)
{
	for (unsigned int i = 0; i < 24; i++)
		if (!is_text(page[i]) && (i < 12 || page[i]))
			return false;
	return memmem(page, PAGE_SIZE, "CONFIG_", 7);
}

/* --- what a thread finds ------------------------------------------------------- */

static void hits_add(struct scan_hits *hits, struct paddr at)
{
	hits->total++;
	if (hits->count == SCAN_HITS_MAX)
		return;
	if (!hits->at)
		hits->at = xcalloc(SCAN_HITS_MAX, sizeof(*hits->at));
	hits->at[hits->count++] = at;
}

/* Adds the hits of `from` and keeps the lowest. Both lists are in order. */
static void hits_merge(struct scan_hits *to, const struct scan_hits *from)
{
	struct scan_hits sum = { .total = to->total + from->total };
	size_t i = 0, k = 0;

	if (!from->count)
		return;
	sum.at = xcalloc(SCAN_HITS_MAX, sizeof(*sum.at));
	while (sum.count < SCAN_HITS_MAX && (i < to->count || k < from->count)) {
		bool first = k == from->count || (i < to->count && to->at[i].v < from->at[k].v);

		sum.at[sum.count++] = first ? to->at[i++] : from->at[k++];
	}
	free(to->at);
	*to = sum;
}

static const char comm_of_first_task[16] = "swapper/0";

/* Notes the needles that start in [p, p + BLOCK). */
static void search_block(struct scan *s, const uint8_t *p, struct paddr at)
{
	for (unsigned int i = 0; i < BLOCK; i++) {
		const uint8_t *q = p + i;

		if (*q == 'L' && !memcmp(q, "Linux version ", 14))
			hits_add(&s->hits[SCAN_BANNER], paddr_add(at, i));
		else if (*q == 'I' && !memcmp(q, "IKCFG_ST", 8))
			hits_add(&s->hits[SCAN_IKCONFIG], paddr_add(at, i));
		if (i % 4)
			continue;
		if (*q == 'O' && !memcmp(q, "OSRELEASE=", 10))
			hits_add(&s->hits[SCAN_VMCOREINFO], paddr_add(at, i));
		else if (load_u32(q) == 0x0001eb9f && load_u32(q + 4) >= 24 && load_u32(q + 4) <= 256)
			hits_add(&s->hits[SCAN_BTF], paddr_add(at, i));
		else if (!(i % 8) && !memcmp(q, comm_of_first_task, 16))
			hits_add(&s->hits[SCAN_SWAPPER], paddr_add(at, i));
	}
}

/* Searches [p, p + size), whole pages, behind which SCAN_AHEAD more bytes can be read. */
static void search(struct scan *s, scan_filter *filter, const uint8_t *p, size_t size,
		   struct paddr at)
{
	const uint8_t *end = p + size;

	for (const uint8_t *q = p; (q = filter(q, end)) < end; q += BLOCK)
		search_block(s, q, paddr_add(at, (uint64_t)(q - p)));
	for (const uint8_t *page = p; page < end; page += PAGE_SIZE)
		if (may_be_config_text(page) && config_text_page(page))
			hits_add(&s->hits[SCAN_CONFIG_TEXT], paddr_add(at, (uint64_t)(page - p)));
}

/* --- the pass ------------------------------------------------------------------ */

struct pass {
	struct memory *memory;
	scan_filter *filter;
	uint64_t buffer_size; /* a multiple of a page */
	struct progress *progress;
	pthread_mutex_t lock; /* of everything below */
	size_t range;	      /* the next chunk is in this range of the RAM map, */
	uint64_t next;	      /* from this address on; 0: from the start of the range */
	struct scan *result;
	struct err *error; /* of the lowest address, so that each run reports the same one */
	uint64_t error_at;
};

struct chunk {
	struct paddr start, end, ram_end;
};

static bool take_chunk(struct pass *pass, struct chunk *ret)
{
	const struct ram_map *map = memory_ram_map(pass->memory);
	bool taken = false;

	pthread_mutex_lock(&pass->lock);
	if (pass->range < map->count && !pass->error) {
		struct ram_range r = map->ranges[pass->range];
		uint64_t start = pass->next > r.start.v ? pass->next : r.start.v;
		uint64_t left = r.end.v - start;
		uint64_t size = CHUNK_SIZE - start % CHUNK_SIZE;

		size = size < left ? size : left;
		*ret = (struct chunk){ PADDR(start), PADDR(start + size), r.end };
		pass->next = start + size;
		if (size == left) {
			pass->range++;
			pass->next = 0;
		}
		taken = true;
	}
	pthread_mutex_unlock(&pass->lock);
	return taken;
}

static void give_result(struct pass *pass, struct chunk chunk, struct scan *found, struct err *e)
{
	pthread_mutex_lock(&pass->lock);
	for (int kind = 0; kind < SCAN_KIND_COUNT; kind++)
		hits_merge(&pass->result->hits[kind], &found->hits[kind]);
	pass->result->scanned += found->scanned;
	pass->result->skipped += found->skipped;
	pass->result->unreadable += found->unreadable;
	if (pass->progress)
		progress_update(pass->progress, pass->result->scanned + pass->result->skipped +
							pass->result->unreadable);
	if (e && (!pass->error || chunk.start.v < pass->error_at)) {
		err_discard(pass->error);
		pass->error = e;
		pass->error_at = chunk.start.v;
	} else {
		err_discard(e);
	}
	pthread_mutex_unlock(&pass->lock);
}

/* Reads [at, at + size) page by page. Pages that fail become zeros; those in the first `own` bytes are
 * counted, for the bytes behind belong to the next block. */
static struct err *read_pages(struct pass *pass, struct paddr at, uint8_t *to, size_t size,
			      size_t own, struct scan *found)
{
	CLEANUP(free_ptr) struct memory_read *reads = xcalloc(size / PAGE_SIZE + 3, sizeof(*reads));
	size_t n = 0;
	struct err *e;

	for (size_t done = 0, piece; done < size; done += piece) {
		piece = PAGE_SIZE - (at.v + done) % PAGE_SIZE;
		piece = piece < size - done ? piece : size - done;
		reads[n++] = (struct memory_read){ paddr_add(at, done), (uint32_t)piece, to + done,
						   MEMORY_OK };
	}
	e = memory_read_vector(pass->memory, reads, n);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++) {
		size_t offset = reads[i].at.v - at.v;

		if (reads[i].status == MEMORY_OK)
			continue;
		memset(reads[i].to, 0, reads[i].size);
		if (offset < own)
			found->unreadable += reads[i].size < own - offset ? reads[i].size :
									    own - offset;
	}
	return NULL;
}

/* Fills the buffer with [at, at + size) and with what follows in RAM, up to SCAN_AHEAD bytes. */
static struct err *read_block(struct pass *pass, struct paddr at, uint8_t *to, size_t size,
			      struct paddr ram_end, struct scan *found)
{
	uint64_t behind = ram_end.v - at.v - size;
	uint64_t searched = ((at.v + size + PAGE_SIZE - 1) & PAGE_MASK) + SCAN_AHEAD - at.v;
	size_t all = size + (behind < SCAN_AHEAD ? (size_t)behind : SCAN_AHEAD);
	struct memory_read whole = { at, (uint32_t)all, to, MEMORY_OK };
	struct err *e;

	memset(to + all, 0, (size_t)searched - all);
	if (memory_limits(pass->memory)->batch > 1)
		return read_pages(pass, at, to, all, size, found);
	e = memory_read_vector(pass->memory, &whole, 1);
	if (e || whole.status == MEMORY_OK)
		return e;
	return read_pages(pass, at, to, all, size, found);
}

/* Searches [at, at + size), which fits into the buffer. A range of RAM may begin inside a page; what is
 * in front of it there counts as zeros. */
static struct err *scan_piece(struct pass *pass, struct paddr at, size_t size, struct paddr ram_end,
			      uint8_t *buffer, struct scan *found)
{
	size_t front = at.v % PAGE_SIZE;
	uint64_t unreadable = found->unreadable;
	struct err *e;

	memset(buffer, 0, front);
	e = read_block(pass, at, buffer + front, size, ram_end, found);
	if (e)
		return e;
	search(found, pass->filter, buffer, (front + size + PAGE_SIZE - 1) & PAGE_MASK,
	       PADDR(at.v - front));
	found->scanned += size - (found->unreadable - unreadable);
	return NULL;
}

static struct err *scan_chunk(struct pass *pass, struct chunk chunk, uint8_t *buffer,
			      struct scan *found)
{
	struct paddr at = chunk.start;

	while (at.v < chunk.end.v) {
		uint64_t data = memory_next_data(pass->memory, at).v & PAGE_MASK;
		uint64_t size = chunk.end.v - at.v, room = pass->buffer_size - at.v % PAGE_SIZE;
		struct err *e;

		data = data < chunk.end.v ? data : chunk.end.v;
		if (data > at.v) {
			found->skipped += data - at.v;
			at = PADDR(data);
			continue;
		}
		size = size < room ? size : room;
		e = scan_piece(pass, at, (size_t)size, chunk.ram_end, buffer, found);
		if (e)
			return e;
		at = paddr_add(at, size);
	}
	return NULL;
}

static void *scan_thread(void *arg)
{
	struct pass *pass = arg;
	CLEANUP(free_ptr) uint8_t *buffer =
		aligned_alloc(PAGE_SIZE, pass->buffer_size + 2 * PAGE_SIZE);
	struct chunk chunk;

	while (take_chunk(pass, &chunk)) {
		struct scan found = { 0 };
		struct err *e = buffer ? scan_chunk(pass, chunk, buffer, &found) :
					 err_new(ERR_SYSTEM, "out of memory");

		give_result(pass, chunk, &found, e);
		scan_deinit(&found);
	}
	return NULL;
}

static unsigned int thread_count(struct memory *m, unsigned int wanted)
{
	cpu_set_t cpus;
	int n = sched_getaffinity(0, sizeof(cpus), &cpus) ? 1 : CPU_COUNT(&cpus);

	if (!memory_limits(m)->threads_may_read)
		return 1;
	if (!wanted)
		wanted = (unsigned int)n;
	return wanted > THREADS_MAX ? THREADS_MAX : wanted;
}

struct err *scan_memory(struct memory *m, unsigned int threads, struct progress *progress,
			struct scan *ret)
{
	struct pass pass = { .memory = m, .filter = scan_filter_at(0), .progress = progress,
			     .lock = PTHREAD_MUTEX_INITIALIZER, .result = ret };
	uint32_t batch = memory_limits(m)->batch;
	pthread_t others[THREADS_MAX];
	unsigned int started = 0;

	*ret = (struct scan){ 0 };
	pass.buffer_size = batch > 1 ? PAGE_SIZE * (batch < BATCH_MAX ? batch : BATCH_MAX) :
				       BUFFER_SIZE;
	threads = thread_count(m, threads);
	/* if a thread cannot be started, there is one less */
	while (started + 1 < threads &&
	       !pthread_create(&others[started], NULL, scan_thread, &pass))
		started++;
	scan_thread(&pass);
	while (started)
		pthread_join(others[--started], NULL);
	return err_in(pass.error, "scan");
}
