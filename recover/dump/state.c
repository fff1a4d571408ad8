#include "recover/dump/state.h"

#include <string.h>

#include "base/alloc.h"
#include "base/facts.h"
#include "base/file.h"

void dump_state_init(const char *source, const char *kernel, enum dump_format format,
		     const struct ram_map *ram, struct dump_state *ret)
{
	*ret = (struct dump_state){ .source = source, .kernel = kernel, .format = format };
	ram_map_copy(&ret->ram, ram);
}

void dump_state_deinit(struct dump_state *s)
{
	ram_map_deinit(&s->ram);
	ram_map_deinit(&s->done);
	for (int i = 0; i < MEMORY_STATUS_COUNT; i++)
		ram_map_deinit(&s->absent[i]);
}

static char *absent_key(int status)
{
	char *key = xasprintf("absent.%s", memory_status_name((enum memory_status)status));

	for (char *p = key; *p; p++)
		if (*p == ' ' || *p == '/')
			*p = '_';
	return key;
}

static void set_map(struct facts *f, const char *key, const struct ram_map *map)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	ram_map_format(map, &b);
	if (b.size)
		facts_set(f, key, b.data, NULL);
}

/* The map of a key; empty: there is no such key. All of it has to be in `ram`. */
static struct err *get_map(const struct facts *f, const char *key, const struct ram_map *ram,
			   struct ram_map *ret)
{
	const char *text = facts_get(f, key);
	CLEANUP(ram_map_deinit) struct ram_map outside = RAM_MAP_INIT;
	struct err *e = text ? ram_map_parse(key, text, strlen(text), ret) : NULL;

	if (e)
		return e;
	ram_map_subtract(&outside, ret, ram);
	return outside.count ? err_new(ERR_DATA, "%s: is not all RAM", key) : NULL;
}

static struct err *expect(const struct facts *f, const char *key, const char *value)
{
	const char *there = facts_get(f, key);

	return there && !strcmp(there, value) ? NULL :
						err_new(ERR_DATA, "is of a dump with another %s", key);
}

/* Whether the file is of this very dump. */
static struct err *check_same(const struct facts *f, const struct dump_state *s)
{
	CLEANUP(buf_deinit) struct buf ram = BUF_INIT;
	struct err *e = expect(f, "source", s->source);

	if (e)
		return e;
	e = expect(f, "kernel", s->kernel);
	if (e)
		return e;
	e = expect(f, "format", dump_format_name(s->format));
	if (e)
		return e;
	ram_map_format(&s->ram, &ram);
	return expect(f, "ram", buf_str(&ram));
}

static struct err *take_over(const struct facts *f, struct dump_state *s)
{
	struct err *e = check_same(f, s);

	if (e)
		return e;
	e = get_map(f, "done", &s->ram, &s->done);
	if (e)
		return e;
	for (int i = MEMORY_OK + 1; i < MEMORY_STATUS_COUNT; i++) {
		CLEANUP(free_ptr) char *key = absent_key(i);

		e = get_map(f, key, &s->ram, &s->absent[i]);
		if (e)
			return e;
	}
	return NULL;
}

static void forget(struct dump_state *s)
{
	ram_map_deinit(&s->done);
	for (int i = 0; i < MEMORY_STATUS_COUNT; i++)
		ram_map_deinit(&s->absent[i]);
}

struct err *dump_state_read(const char *path, struct dump_state *s)
{
	CLEANUP(facts_freep) struct facts *f = NULL;
	struct err *e;

	if (!file_exists(path))
		return err_new(ERR_ABSENT, "%s: no such file", path);
	e = facts_read(path, &f);
	if (e)
		return e;
	e = take_over(f, s);
	if (e)
		forget(s);
	return err_in(e, "%s", path);
}

struct err *dump_state_write(const char *path, const struct dump_state *s)
{
	CLEANUP(facts_freep) struct facts *f = facts_new();

	facts_set(f, "source", s->source, NULL);
	facts_set(f, "kernel", s->kernel, NULL);
	facts_set(f, "format", dump_format_name(s->format), NULL);
	set_map(f, "ram", &s->ram);
	set_map(f, "done", &s->done);
	for (int i = MEMORY_OK + 1; i < MEMORY_STATUS_COUNT; i++) {
		CLEANUP(free_ptr) char *key = absent_key(i);

		set_map(f, key, &s->absent[i]);
	}
	return facts_write(f, path, NULL);
}

void dump_state_absent(const struct dump_state *s, struct ram_map *ret)
{
	ram_map_deinit(ret);
	for (int i = 0; i < MEMORY_STATUS_COUNT; i++)
		for (size_t k = 0; k < s->absent[i].count; k++)
			ram_map_add(ret, s->absent[i].ranges[k].start, s->absent[i].ranges[k].end);
}

void dump_state_left(const struct dump_state *s, struct ram_map *ret)
{
	CLEANUP(ram_map_deinit) struct ram_map settled = RAM_MAP_INIT;

	dump_state_absent(s, &settled);
	for (size_t i = 0; i < s->done.count; i++)
		ram_map_add(&settled, s->done.ranges[i].start, s->done.ranges[i].end);
	ram_map_subtract(ret, &s->ram, &settled);
}
