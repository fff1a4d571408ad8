#include "walker/target.h"

#include <limits.h>
#include <string.h>

#include "base/facts.h"
#include "base/file.h"
#include "walker/place.h"

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

/* `boot`, or NULL where there is none and none was asked for by name. */
static struct err *read_boot(const char *path, struct facts **ret)
{
	CLEANUP(free_ptr) char *beside = NULL;
	struct err *e;

	if (path)
		return facts_read(path, ret);
	e = beside_program("boot", &beside);
	if (e || !file_exists(beside))
		return e;
	return facts_read(beside, ret);
}

/* The RAM map that was recovered belongs to the memory that `boot` names. */
static struct err *use_ram_map(struct memory *m)
{
	CLEANUP(free_ptr) char *path = NULL;
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;
	struct err *e = beside_program(RAM_MAP_NAME, &path);

	if (e || !file_exists(path))
		return e;
	e = ram_map_read(path, &map);
	if (!e)
		memory_set_ram_map(m, &map);
	return e;
}

static struct err *open_memory(const char *uri, const struct facts *boot, struct memory **ret)
{
	struct err *e;

	if (uri)
		return memory_open(uri, ret);
	if (!boot)
		return err_new(ERR_USAGE, "there is no `boot` beside this program: say --mem URI "
					  "or --boot FILE");
	e = facts_str(boot, "memory", &uri);
	if (!e)
		e = memory_open(uri, ret);
	return e ? e : use_ram_map(*ret);
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

struct err *target_open(const char *memory_uri, const char *boot_path, struct target *ret)
{
	CLEANUP(facts_freep) struct facts *boot = NULL;
	struct err *e = read_boot(boot_path, &boot);

	if (!e)
		e = open_memory(memory_uri, boot, &ret->memory);
	if (e)
		return e;
	if (boot && (!memory_uri || boot_path)) {
		e = enter_by_boot(ret, boot);
		if (!e || err_code(e) == ERR_SYSTEM)
			return e;
		err_discard(e);
	}
	ret->boot_stale = boot && !memory_uri;
	return enter_anew(ret);
}

void target_deinit(struct target *t)
{
	notes_deinit(&t->notes);
	buf_deinit(&t->banner);
	memory_close(t->memory);
}
