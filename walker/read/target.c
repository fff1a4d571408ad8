#include "walker/read/target.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "base/alloc.h"
#include "base/facts.h"
#include "base/file.h"
#include "walker/read/wave.h"

#define RAM_MAP_NAME "ram_map"

/* The path of NAME in the folder of this program. */
static struct err *beside_program(const char *name, char **ret)
{
	char path[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (size < 0)
		return err_errno("/proc/self/exe");
	path[size] = '\0';
	slash = strrchr(path, '/');
	if (slash)
		*slash = '\0';
	*ret = xasprintf("%s/%s", path, name);
	return NULL;
}

/* `boot` and where it lies; both stay NULL where there is none and nobody asked for one. */
static struct err *read_boot(const char *asked, char **path, struct facts **ret)
{
	CLEANUP(free_ptr) char *found = asked ? xstrdup(asked) : NULL;
	struct err *e = asked ? NULL : beside_program("boot", &found);

	if (e || (!asked && !file_exists(found)))
		return e;
	e = facts_read(found, ret);
	if (e)
		return e;
	*path = TAKE(found);
	return NULL;
}

/* Uses the RAM map that `recover` left beside `boot`, if there is one. */
static struct err *use_ram_map(const char *boot_path, struct memory *m)
{
	CLEANUP(free_ptr) char *path = NULL;
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;
	const char *slash = strrchr(boot_path, '/');
	struct err *e;

	path = xasprintf("%.*s%s", slash ? (int)(slash + 1 - boot_path) : 0, boot_path,
			 RAM_MAP_NAME);
	if (!file_exists(path))
		return NULL;
	e = ram_map_read(path, &map);
	if (e)
		return e;
	memory_set_ram_map(m, &map);
	return NULL;
}

/* The RAM map beside `boot` holds for the memory that `boot` names, and for no other. */
static struct err *open_memory(const char *uri, const struct facts *boot, const char *boot_path,
			       struct memory **ret)
{
	const char *usual = boot ? facts_get(boot, "memory") : NULL;
	struct err *e;

	if (!uri && !boot)
		return err_new(ERR_USAGE, "there is no `boot` beside this program: say --mem URI "
					  "or --boot FILE");
	if (!uri) {
		e = facts_str(boot, "memory", &uri);
		if (e)
			return e;
	}
	e = memory_open(uri, ret);
	if (e)
		return e;
	return usual && !strcmp(uri, usual) ? use_ram_map(boot_path, *ret) : NULL;
}

static void rehearse_enter(void *arg)
{
	const struct target *t = arg;
	struct kread k;

	place_rehearse(&t->place, t->wave, &k);
}

/* Reads the kernel at this place from now on, if it is there. */
static struct err *enter(struct target *t)
{
	struct err *e;

	if (!t->wave)
		return place_enter(&t->place, t->memory, &t->kernel, &t->banner);
	wave_rehearse(t->wave, rehearse_enter, t);
	e = place_enter(&t->place, t->wave, &t->kernel, &t->banner);
	if (!wave_gone(t->wave))
		return e;
	err_discard(e);
	return err_new(ERR_SYSTEM, "%s: %s", memory_uri(t->memory), wave_gone(t->wave));
}

/* A kernel that was not found may be there all the same when reads had no answer. */
static struct err *blame_memory(const struct target *t, struct err *e)
{
	uint64_t timeouts = memory_counters(t->memory)->failed[MEMORY_TIMEOUT];
	struct err *other;

	if (!e || err_is_fatal(e) || !timeouts)
		return e;
	other = err_new(ERR_SYSTEM, "%" PRIu64 " reads had no answer: %s", timeouts, err_text(e));
	err_discard(e);
	return other;
}

static struct err *enter_anew(struct target *t)
{
	struct err *e = place_find(t->memory, &t->place);

	t->found_by = "trampoline";
	if (!e)
		e = enter(t);
	return blame_memory(t, e);
}

/* As enter(), at the place that `boot` names. */
static struct err *enter_as_booted(struct target *t, const struct facts *boot)
{
	struct err *e = place_of_boot(boot, &t->place);

	t->found_by = "boot";
	return e ? e : enter(t);
}

struct err *target_open(const char *memory_uri, const char *boot_path, struct target *ret)
{
	CLEANUP(facts_freep) struct facts *boot = NULL;
	CLEANUP(free_ptr) char *path = NULL;
	struct err *e = read_boot(boot_path, &path, &boot);

	if (e)
		return e;
	e = open_memory(memory_uri, boot, path, &ret->memory);
	if (e)
		return e;
	if (memory_limits(ret->memory)->batch > 1)
		ret->wave = wave_new(ret->memory);
	if (boot && (!memory_uri || boot_path)) {
		e = enter_as_booted(ret, boot);
		if (!e || err_is_fatal(e))
			return e;
		err_discard(e);
	}
	ret->boot_stale = boot && !memory_uri;
	return enter_anew(ret);
}

struct err *target_refresh(struct target *t)
{
	struct err *e;

	notes_deinit(&t->notes);
	t->notes = (struct notes)NOTES_INIT;
	if (t->wave)
		wave_restart(t->wave);
	e = enter(t);
	if (!e || err_is_fatal(e))
		return e;
	err_discard(e); /* the machine was rebooted */
	return enter_anew(t);
}

void target_note_gone(struct target *t)
{
	if (t->wave && wave_gone(t->wave))
		notes_gap(&t->notes, "%s %s: what is missing is not known", memory_uri(t->memory),
			  wave_gone(t->wave));
}

void target_deinit(struct target *t)
{
	notes_deinit(&t->notes);
	buf_deinit(&t->banner);
	memory_close(t->wave);
	memory_close(t->memory);
}
