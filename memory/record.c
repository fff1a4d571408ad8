/* record: writes down what another source answers, so that replay:FILE can answer it again without
 * the machine.
 *
 *	record:FILE,URI
 *
 * FILE must not exist yet, and its name has no comma. It holds the memory that was read: keep it as
 * you would keep the machine's memory.
 */
#include "memory/record.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "memory/source.h"

struct record {
	char *path;
	FILE *log;
	struct memory *inner;
};

static void record_close(struct memory *m)
{
	struct record *r = m->source;

	if (!r)
		return;
	memory_close(r->inner);
	close_file(&r->log);
	free(r->path);
	free(r);
}

static void put(struct record *r, uint32_t type, const void *a, size_t a_size, const void *b,
		size_t b_size)
{
	uint32_t head[2] = { type, (uint32_t)(a_size + b_size) };

	fwrite(head, sizeof(head), 1, r->log);
	fwrite(a, 1, a_size, r->log);
	if (b_size)
		fwrite(b, 1, b_size, r->log);
}

static struct err *check_log(const struct record *r)
{
	if (!ferror(r->log))
		return NULL;
	return err_new(ERR_SYSTEM, "%s: what was read cannot be written there", r->path);
}

static void put_ram_map(struct record *r)
{
	const struct ram_map *map = memory_ram_map(r->inner);

	put(r, 'M', map->ranges, map->count * sizeof(*map->ranges), NULL, 0);
}

static struct err *put_start(struct record *r)
{
	const struct memory_limits *limits = memory_limits(r->inner);
	const char *uri = memory_uri(r->inner), *notes = memory_notes(r->inner), *text;
	uint32_t numbers[2] = { limits->batch, limits->live };
	size_t size;

	fwrite(RECORD_MAGIC, 1, RECORD_MAGIC_SIZE, r->log);
	put(r, 'U', uri, strlen(uri), NULL, 0);
	put(r, 'L', numbers, sizeof(numbers), NULL, 0);
	put_ram_map(r);
	put(r, 'N', notes, strlen(notes), NULL, 0);
	text = memory_vmcoreinfo(r->inner, &size);
	if (text)
		put(r, 'V', text, size, NULL, 0);
	return check_log(r);
}

static void put_read(struct record *r, const struct memory_read *read)
{
	uint8_t head[RECORD_READ_SIZE];
	uint32_t status = (uint32_t)read->status;

	memcpy(head, &read->at.v, 8);
	memcpy(head + 8, &read->size, 4);
	memcpy(head + 12, &status, 4);
	put(r, 'R', head, sizeof(head), read->to, read->status == MEMORY_OK ? read->size : 0);
}

static struct err *record_read(struct memory *m, struct memory_read *reads, size_t n)
{
	struct record *r = m->source;
	struct err *e = memory_read_vector(r->inner, reads, n);

	if (e) {
		put(r, 'E', err_text(e), strlen(err_text(e)), NULL, 0);
		return e;
	}
	for (size_t i = 0; i < n; i++)
		put_read(r, &reads[i]);
	return check_log(r);
}

static struct paddr record_next_data(struct memory *m, struct paddr from)
{
	struct record *r = m->source;
	struct paddr answer = memory_next_data(r->inner, from);

	if (answer.v != from.v)
		put(r, 'D', &from.v, 8, &answer.v, 8);
	return answer;
}

static void record_ram_map_changed(struct memory *m)
{
	struct record *r = m->source;

	memory_set_ram_map(r->inner, &m->ram_map);
	put_ram_map(r);
}

static struct err *record_set_lowmem(struct memory *m, uint64_t lowmem)
{
	struct record *r = m->source;
	struct err *e = memory_set_lowmem(r->inner, lowmem);

	if (e)
		return e;
	ram_map_copy(&m->ram_map, memory_ram_map(r->inner));
	put_ram_map(r);
	return NULL;
}

static void record_stats(const struct memory *m, memory_stats_each *each, void *arg)
{
	const struct record *r = m->source;

	if (r->inner->ops->stats)
		r->inner->ops->stats(r->inner, each, arg);
}

/* A new file that nobody else can read. */
static struct err *create_log(struct record *r)
{
	r->log = fopen(r->path, "wxe");
	if (!r->log && errno == EEXIST)
		return err_new(ERR_USAGE, "%s: exists already; a record is never written over", r->path);
	if (!r->log || fchmod(fileno(r->log), S_IRUSR | S_IWUSR))
		return err_errno("%s", r->path);
	return NULL;
}

static struct err *record_open(const char *rest, struct memory *m)
{
	const char *comma = strchr(rest, ',');
	struct record *r;
	struct err *e;

	if (!comma || comma == rest || !comma[1])
		return err_new(ERR_USAGE, "record:%s: expected record:FILE,URI", rest);
	r = m->source = xcalloc(1, sizeof(*r));
	r->path = xstrndup(rest, (size_t)(comma - rest));
	e = m->open_another(comma + 1, &r->inner);
	if (e)
		return e;
	e = create_log(r);
	if (e)
		return e;
	e = put_start(r);
	if (e)
		return e;
	m->limits = *memory_limits(r->inner);
	m->limits.threads_may_read = false;
	ram_map_copy(&m->ram_map, memory_ram_map(r->inner));
	buf_add(&m->notes, r->inner->notes.data, r->inner->notes.size);
	buf_add(&m->vmcoreinfo, r->inner->vmcoreinfo.data, r->inner->vmcoreinfo.size);
	return NULL;
}

const struct memory_ops memory_record_ops = {
	.scheme = "record",
	.open = record_open,
	.close = record_close,
	.read = record_read,
	.next_data = record_next_data,
	.set_lowmem = record_set_lowmem,
	.ram_map_changed = record_ram_map_changed,
	.stats = record_stats,
};
