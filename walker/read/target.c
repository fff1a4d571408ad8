#include "walker/read/target.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "base/alloc.h"
#include "base/facts.h"
#include "base/file.h"
#include "walker/read/place.h"
#include "walker/read/rehearse.h"
#include "walker/read/wave.h"

#define RAM_MAP_NAME "ram_map"

/* NAME in the directory of this very program. */
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

/* `boot` and where it was; both NULL where there is none and none was asked for. */
static struct err *read_boot(const char *asked, char **path, struct facts **ret)
{
	CLEANUP(free_ptr) char *found = asked ? xstrdup(asked) : NULL;
	struct err *e = asked ? NULL : beside_program("boot", &found);

	if (e || (!asked && !file_exists(found)))
		return e;
	e = facts_read(found, ret);
	if (!e)
		*path = TAKE(found);
	return e;
}

/* The RAM map that was recovered with `boot`, in its folder. */
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
	if (!e)
		memory_set_ram_map(m, &map);
	return e;
}

/* The RAM map goes with the memory that `boot` was written about, and no other. */
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
	if (!e && usual && !strcmp(uri, usual))
		e = use_ram_map(boot_path, *ret);
	return e;
}

static void rehearse_enter(struct target *t, void *arg)
{
	struct kread k;

	place_look(arg, t->wave, &k);
}

/* Reads the kernel at this place from now on, if it is there. */
static struct err *enter(struct target *t)
{
	struct err *e;

	rehearse(t, rehearse_enter, &t->place);
	e = place_enter(&t->place, t->wave ? t->wave : t->memory, &t->kernel, &t->banner);
	if (t->wave && wave_gone(t->wave)) {
		err_discard(e);
		e = err_new(ERR_SYSTEM, "%s: %s", memory_uri(t->memory), wave_gone(t->wave));
	}
	return e;
}

/* What cannot be read is not for that reason not there. */
static struct err *blame_memory(const struct target *t, struct err *e)
{
	uint64_t timeouts = memory_counters(t->memory)->failed[MEMORY_TIMEOUT];
	struct err *other;

	if (!e || err_code(e) == ERR_SYSTEM || !timeouts)
		return e;
	other = err_new(ERR_SYSTEM, "%" PRIu64 " reads had no answer: %s", timeouts, err_text(e));
	err_discard(e);
	return other;
}

static struct err *enter_anew(struct target *t)
{
	struct err *e = place_find(t->memory, &t->place);

	t->found_by = "trampoline";
	return blame_memory(t, e ? e : enter(t));
}

struct err *target_open(const char *memory_uri, const char *boot_path, struct target *ret)
{
	CLEANUP(facts_freep) struct facts *boot = NULL;
	CLEANUP(free_ptr) char *path = NULL;
	struct err *e = read_boot(boot_path, &path, &boot);

	if (!e)
		e = open_memory(memory_uri, boot, path, &ret->memory);
	if (e)
		return e;
	if (memory_limits(ret->memory)->batch > 1)
		ret->wave = wave_new(ret->memory);
	if (boot && (!memory_uri || boot_path)) {
		ret->found_by = "boot";
		e = place_of_boot(boot, &ret->place);
		if (!e)
			e = enter(ret);
		if (!e || err_code(e) == ERR_SYSTEM)
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
	if (!e || err_code(e) == ERR_SYSTEM)
		return e;
	err_discard(e); /* it was rebooted */
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
