#include "walker/target.h"

#include <limits.h>
#include <string.h>

#include "base/facts.h"
#include "base/file.h"
#include "walker/place.h"
#include "walker/wave.h"

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

/* The kernel, where `boot` says that it is, if the kernel agrees. */
static struct err *enter_by_boot(struct target *t, const struct facts *boot)
{
	struct place place;
	struct err *e = place_of_boot(boot, &place);

	t->found_by = "boot";
	if (!e)
		e = place_enter(&place, t->memory, &t->kernel, &t->banner);
	return e;
}

static struct err *enter_anew(struct target *t)
{
	struct place place;
	struct err *e = place_find(t->memory, &place);

	t->found_by = "trampoline";
	if (!e)
		e = place_enter(&place, t->memory, &t->kernel, &t->banner);
	return e;
}

/* From now on the kernel is read through a wave. */
static void start_wave(struct target *t)
{
	if (memory_limits(t->memory)->batch <= 1)
		return;
	t->wave = wave_new(t->memory);
	t->kernel.memory = t->kernel.tables.memory = t->wave;
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
	if (boot && (!memory_uri || boot_path)) {
		e = enter_by_boot(ret, boot);
		if (!e)
			start_wave(ret);
		if (!e || err_code(e) == ERR_SYSTEM)
			return e;
		err_discard(e);
	}
	ret->boot_stale = boot && !memory_uri;
	e = enter_anew(ret);
	if (!e)
		start_wave(ret);
	return e;
}

void target_deinit(struct target *t)
{
	notes_deinit(&t->notes);
	buf_deinit(&t->banner);
	memory_close(t->wave);
	memory_close(t->memory);
}
