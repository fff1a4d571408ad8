#include "memory/memory.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "memory/source.h"

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

bool memory_status_may_pass(enum memory_status status)
{
	return status == MEMORY_TIMEOUT || status == MEMORY_PROTOCOL || status == MEMORY_POISONED;
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

	ram_map_add(&possible, PADDR(0), PADDR(LOW_MEMORY_END));
	ram_map_add(&possible, PADDR(EXTENDED_MEMORY), PADDR(PADDR_END));
	ram_map_intersect(&fresh, map, &possible);
	ram_map_copy(&m->ram_map, m->limits.live ? &fresh : map);
	if (m->ops->ram_map_changed)
		m->ops->ram_map_changed(m);
}

struct err *memory_set_first_ram_map(struct memory *m, const char *path)
{
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;

	if (path) {
		struct err *e = ram_map_read(path, &map);

		if (e)
			return e;
	} else {
		ram_map_add(&map, PADDR(0), PADDR(LOW_MEMORY_END));
	}
	memory_set_ram_map(m, &map);
	return NULL;
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
