#include "memory/memory.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "memory/source.h"

/* The largest run that one element of memory_read() asks for. */
#define READ_MAX (1u << 30)

#define TRIES 5	       /* of memory_read_again(), in all */
#define AGAIN_SIZE 512 /* bytes asked for together then: smaller packets come through */
#define SILENT_MAX 8 /* vectors that nothing came back for, before the source may be gone */

/* Of a live machine: no RAM to a device that reads it, and no address at all. */
#define LEGACY_HOLE_START UINT64_C(0xa0000)
#define LEGACY_HOLE_END UINT64_C(0x100000)
#define ADDRESS_END (UINT64_C(1) << 52)

static const struct memory_ops *const kinds[] = {
	&memory_file_ops,
	&memory_nettlp_ops,
	&memory_qemu_ops,
	&memory_tcp_ops,
	&memory_record_ops,
	&memory_replay_ops,
};

static const char *const status_names[MEMORY_STATUS_COUNT] = {
	[MEMORY_OK] = "ok",
	[MEMORY_HOLE] = "hole",
	[MEMORY_ABSENT] = "absent",
	[MEMORY_UR] = "unsupported request",
	[MEMORY_CA] = "completer abort",
	[MEMORY_POISONED] = "poisoned",
	[MEMORY_TIMEOUT] = "timeout",
	[MEMORY_PROTOCOL] = "protocol error",
	[MEMORY_IO] = "I/O error",
	[MEMORY_CORRUPT] = "corrupt",
};

const char *memory_status_name(enum memory_status status)
{
	return (unsigned int)status < MEMORY_STATUS_COUNT ? status_names[status] : "unknown";
}

struct memory *memory_new(const struct memory_ops *ops, const char *uri, void *source)
{
	struct memory *m = xcalloc(1, sizeof(*m));

	m->ops = ops;
	m->uri = xstrdup(uri);
	m->source = source;
	m->limits.batch = 1;
	return m;
}

void memory_close(struct memory *m)
{
	if (!m)
		return;
	m->ops->close(m);
	ram_map_deinit(&m->ram_map);
	buf_deinit(&m->notes);
	buf_deinit(&m->vmcoreinfo);
	free(m->uri);
	free(m);
}

/* The kind that "kind:rest" names; *rest is what follows. A text without a kind
 * is a path. */
static struct err *memory_kind(const char *uri, const char **rest, const struct memory_ops **ret)
{
	size_t size = strspn(uri, "abcdefghijklmnopqrstuvwxyz0123456789");
	CLEANUP(buf_deinit) struct buf names = BUF_INIT;

	*rest = uri;
	*ret = &memory_file_ops;
	if (!size || uri[size] != ':')
		return NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strlen(kinds[i]->scheme) == size && !memcmp(kinds[i]->scheme, uri, size)) {
			*rest = uri + size + 1;
			*ret = kinds[i];
			return NULL;
		}
		buf_addf(&names, " %s:", kinds[i]->scheme);
	}
	return err_new(ERR_USAGE, "%s: no kind of memory source is called \"%.*s:\"; there are:%s",
		       uri, (int)size, uri, buf_str(&names));
}

struct err *memory_open(const char *uri, struct memory **ret)
{
	CLEANUP(memory_closep) struct memory *m = NULL;
	const struct memory_ops *ops;
	const char *rest;
	struct err *e = memory_kind(uri, &rest, &ops);

	if (e)
		return e;
	m = memory_new(ops, uri, NULL);
	e = ops->open(rest, m);
	if (e)
		return e;
	*ret = TAKE(m);
	return NULL;
}

static void count(uint64_t *counter, uint64_t more)
{
	__atomic_fetch_add(counter, more, __ATOMIC_RELAXED);
}

static void count_results(struct memory *m, const struct memory_read *reads, size_t n)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < n; i++) {
		bytes += reads[i].size;
		if (reads[i].status != MEMORY_OK)
			count(&m->counters.failed[reads[i].status], 1);
	}
	count(&m->counters.vectors, 1);
	count(&m->counters.elements, n);
	count(&m->counters.bytes, bytes);
}

/* Asks the source for those elements only that are RAM: `holes` are not. */
static struct err *read_around_holes(struct memory *m, struct memory_read *reads, size_t n,
				     size_t holes)
{
	CLEANUP(free_ptr) struct memory_read *inside = NULL;
	struct err *e;
	size_t k = 0;

	if (holes == n)
		return NULL;
	inside = xcalloc(n - holes, sizeof(*inside));
	for (size_t i = 0; i < n; i++)
		if (reads[i].status != MEMORY_HOLE)
			inside[k++] = reads[i];
	e = m->ops->read(m, inside, k);
	k = 0;
	for (size_t i = 0; i < n; i++)
		if (reads[i].status != MEMORY_HOLE)
			reads[i].status = inside[k++].status;
	return e;
}

/* Whether nothing came back for any of the elements that were asked for. */
static bool is_silent(const struct memory_read *reads, size_t n)
{
	size_t silent = 0;

	for (size_t i = 0; i < n; i++) {
		if (reads[i].status == MEMORY_HOLE)
			continue;
		if (reads[i].status != MEMORY_TIMEOUT)
			return false;
		silent++;
	}
	return silent;
}

/* After so many vectors that nothing came back for a read that once succeeded tells whether there
 * is still anybody. Sources that several threads read do not time out. */
static struct err *check_silence(struct memory *m, const struct memory_read *reads, size_t n)
{
	uint8_t byte;
	struct memory_read probe = { m->answered, 1, &byte, MEMORY_OK };
	struct err *e;

	if (!is_silent(reads, n)) {
		m->silent = 0;
		for (size_t i = 0; i < n && !m->has_answered; i++) {
			m->has_answered = reads[i].status == MEMORY_OK;
			m->answered = reads[i].at;
		}
		return NULL;
	}
	if (++m->silent < SILENT_MAX)
		return NULL;
	m->silent = 0;
	if (!m->has_answered || !ram_map_contains(&m->ram_map, probe.at, 1))
		return err_new(ERR_SYSTEM, "does not answer");
	e = m->ops->read(m, &probe, 1);
	if (!e && probe.status == MEMORY_TIMEOUT)
		e = err_new(ERR_SYSTEM, "does not answer any more");
	return e;
}

struct err *memory_read_vector(struct memory *m, struct memory_read *reads, size_t n)
{
	size_t holes = 0;
	struct err *e;

	for (size_t i = 0; i < n; i++) {
		bool ram = ram_map_contains(&m->ram_map, reads[i].at, reads[i].size);

		reads[i].status = ram ? MEMORY_OK : MEMORY_HOLE;
		holes += !ram;
	}
	e = holes ? read_around_holes(m, reads, n, holes) : n ? m->ops->read(m, reads, n) : NULL;
	if (!e)
		count_results(m, reads, n);
	if (!e && !m->limits.parallel && n)
		e = check_silence(m, reads, n);
	return err_in(e, "%s", m->uri);
}

bool memory_status_may_pass(enum memory_status status)
{
	return status == MEMORY_TIMEOUT || status == MEMORY_PROTOCOL || status == MEMORY_POISONED;
}

static size_t piece_count(const struct memory_read *r)
{
	return memory_status_may_pass(r->status) ? (r->size + AGAIN_SIZE - 1) / AGAIN_SIZE : 0;
}

/* Reads pieces again until they came, or TRIES are over; those left are the first *n. */
static struct err *read_pieces_again(struct memory *m, struct memory_read *pieces, size_t *n)
{
	struct err *e = NULL;

	for (int tries = 1; tries < TRIES && *n && !e; tries++) {
		size_t left = 0;

		e = memory_read_vector(m, pieces, *n);
		for (size_t i = 0; i < *n && !e; i++)
			if (pieces[i].status != MEMORY_OK)
				pieces[left++] = pieces[i];
		*n = left;
	}
	return e;
}

struct err *memory_read_again(struct memory *m, struct memory_read *reads, size_t n)
{
	CLEANUP(free_ptr) struct memory_read *pieces = NULL;
	struct err *e = memory_read_vector(m, reads, n);
	size_t count = 0, k = 0;

	for (size_t i = 0; i < n && !e; i++)
		count += piece_count(&reads[i]);
	if (e || !count)
		return e;
	pieces = xcalloc(count, sizeof(*pieces));
	for (size_t i = 0; i < n; i++)
		for (uint32_t at = 0; memory_status_may_pass(reads[i].status) && at < reads[i].size;
		     at += AGAIN_SIZE)
			pieces[k++] = (struct memory_read){
				paddr_add(reads[i].at, at),
				reads[i].size - at < AGAIN_SIZE ? reads[i].size - at : AGAIN_SIZE,
				(uint8_t *)reads[i].to + at, MEMORY_OK,
			};
	e = read_pieces_again(m, pieces, &count);
	/* what is left has its element's status, in the order of the elements */
	for (size_t i = 0, next = 0; i < n && !e; i++) {
		const uint8_t *start = reads[i].to;
		bool failed = false;

		for (; next < count && (uint8_t *)pieces[next].to >= start &&
		       (uint8_t *)pieces[next].to < start + reads[i].size; next++) {
			reads[i].status = pieces[next].status;
			failed = true;
		}
		if (memory_status_may_pass(reads[i].status) && !failed)
			reads[i].status = MEMORY_OK;
	}
	return e;
}

static struct err *failed_read(const struct memory *m, const struct memory_read *r)
{
	bool why = r->status == MEMORY_ABSENT && m->ops->why_absent;

	return err_new(ERR_DATA, "%s: %u bytes at 0x%" PRIx64 ": %s%s%s", m->uri, r->size, r->at.v,
		       memory_status_name(r->status), why ? ": " : "",
		       why ? m->ops->why_absent : "");
}

struct err *memory_read(struct memory *m, struct paddr at, void *to, size_t size)
{
	while (size) {
		struct memory_read r = { at, size < READ_MAX ? (uint32_t)size : READ_MAX, to,
					 MEMORY_OK };
		struct err *e = memory_read_again(m, &r, 1);

		if (e)
			return e;
		if (r.status != MEMORY_OK)
			return failed_read(m, &r);
		at.v += r.size;
		to = (char *)to + r.size;
		size -= r.size;
	}
	return NULL;
}

const char *memory_uri(const struct memory *m)
{
	return m->uri;
}

const struct ram_map *memory_ram_map(const struct memory *m)
{
	return &m->ram_map;
}

void memory_set_ram_map(struct memory *m, const struct ram_map *map)
{
	CLEANUP(ram_map_deinit) struct ram_map possible = RAM_MAP_INIT;
	CLEANUP(ram_map_deinit) struct ram_map fresh = RAM_MAP_INIT;

	ram_map_add(&possible, PADDR(0), PADDR(LEGACY_HOLE_START));
	ram_map_add(&possible, PADDR(LEGACY_HOLE_END), PADDR(ADDRESS_END));
	ram_map_intersect(&fresh, map, &possible);
	ram_map_copy(&m->ram_map, m->limits.live ? &fresh : map);
	if (m->ops->ram_map_changed)
		m->ops->ram_map_changed(m);
}

void memory_note(struct memory *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_vaddf(&m->notes, fmt, args);
	va_end(args);
	buf_add_char(&m->notes, '\n');
}

const char *memory_notes(const struct memory *m)
{
	return buf_str(&m->notes);
}

const char *memory_vmcoreinfo(const struct memory *m, size_t *size)
{
	*size = m->vmcoreinfo.size;
	return m->vmcoreinfo.size ? m->vmcoreinfo.data : NULL;
}

struct err *memory_set_lowmem(struct memory *m, uint64_t lowmem)
{
	if (!m->ops->set_lowmem)
		return err_new(ERR_USAGE, "%s: is no raw image: it says itself where its memory lies",
			       m->uri);
	return m->ops->set_lowmem(m, lowmem);
}

const struct memory_limits *memory_limits(const struct memory *m)
{
	return &m->limits;
}

const struct memory_counters *memory_counters(const struct memory *m)
{
	return &m->counters;
}

void memory_stats(const struct memory *m, memory_stats_each *each, void *arg)
{
	each("vectors", m->counters.vectors, arg);
	each("elements", m->counters.elements, arg);
	each("bytes", m->counters.bytes, arg);
	for (int i = MEMORY_OK + 1; i < MEMORY_STATUS_COUNT; i++) {
		CLEANUP(free_ptr) char *name = xasprintf("failed_%s", status_names[i]);

		for (char *p = name; *p; p++)
			if (*p == ' ' || *p == '/')
				*p = '_';
		each(name, m->counters.failed[i], arg);
	}
	if (m->ops->stats)
		m->ops->stats(m, each, arg);
}

struct paddr memory_next_data(struct memory *m, struct paddr from)
{
	return m->ops->next_data ? m->ops->next_data(m, from) : from;
}
