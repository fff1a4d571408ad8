#include "kernel-src/unpack/wanted.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

struct rule {
	bool keep;
	const char *below; /* folder, "" for the whole tree */
	const char *name;  /* pattern for the last component of the path */
};

/* The first rule that fits a path decides. A path that no rule fits is left out. */
static const struct rule rules[] = {
	/* Every option's name, type, dependencies and default. */
	{ true, "", "Kconfig*" },

	/* These are large and say nothing of the kernel's own structures. */
	{ false, "Documentation/", "*" },
	{ false, "samples/", "*" },
	{ false, "sound/", "*" },
	{ false, "rust/", "*" },
	{ false, "tools/perf/", "*" },
	{ false, "tools/testing/", "*" },
	{ false, "drivers/gpu/drm/", "*" },
	{ false, "drivers/infiniband/", "*" },
	{ false, "drivers/media/", "*" },
	{ false, "drivers/misc/habanalabs/", "*" },
	{ false, "drivers/accel/", "*" },
	{ false, "drivers/net/ethernet/", "*" },
	{ false, "drivers/net/wireless/", "*" },
	{ false, "drivers/scsi/", "*" },
	{ false, "drivers/staging/", "*" },

	/* Kconfig asks scripts about the compiler; kbuild's own tools live there. */
	{ true, "scripts/", "*" },

	/* kbuild reads the makefiles even of folders that it only passes through. */
	{ true, "", "Makefile*" },
	{ true, "", "Kbuild*" },

	{ true, "include/", "*" },

	/* x86: system call tables, and programs that write headers; purgatory
	 * because old trees (4.15) visit it while they prepare. */
	{ true, "arch/x86/entry/syscalls/", "*" },
	{ true, "arch/x86/purgatory/", "*" },
	{ true, "arch/x86/tools/", "*" },
	{ true, "arch/x86/", "*.awk" },
	{ true, "arch/x86/", "*.sh" },
	{ true, "arch/x86/", "*.tbl" },
	{ true, "arch/x86/", "*-opcode-map.txt" },
	{ true, "arch/x86/", "asm-offsets*.c" },
	{ true, "arch/x86/", "*.h" },
	{ false, "arch/", "*" },

	/* Sources of include/generated: bounds.h, timeconst.h, rq-offsets.h, ... */
	{ true, "kernel/", "bounds.c" },
	{ true, "kernel/", "*-offsets.c" },
	{ true, "kernel/", "*.bc" },

	/* Helpers of scripts/ include headers of tools/. */
	{ true, "tools/include/", "*" },
	{ true, "tools/build/", "*" },
	{ true, "tools/scripts/", "*" },

	/* Private headers are what a probe is for: fs/mount.h, kernel/sched/sched.h. */
	{ true, "", "*.h" },

	/* Part of the release string. */
	{ true, "", "localversion*" },
};

static const char *const top_names[] = {
	"COPYING", "CREDITS", "Documentation", "Kbuild",   "Kconfig", "LICENSES",
	"MAINTAINERS", "Makefile", "README", "arch",	   "block",   "certs",
	"crypto",  "drivers", "fs",	     "include",	   "init",    "io_uring",
	"ipc",	   "kernel",  "lib",	     "mm",	   "net",     "rust",
	"samples", "scripts", "security",    "sound",	   "tools",   "usr",
	"virt",	   ".clang-format", ".gitattributes", ".gitignore", ".mailmap",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool wanted(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < COUNT(rules); i++)
		if (!strncmp(path, rules[i].below, strlen(rules[i].below)) &&
		    !fnmatch(rules[i].name, name, 0))
			return rules[i].keep;
	return false;
}

bool wanted_is_top(const char *component)
{
	for (size_t i = 0; i < COUNT(top_names); i++)
		if (!strcmp(component, top_names[i]))
			return true;
	return false;
}

static uint32_t hash_text(uint32_t hash, const char *text)
{
	do
		hash = (hash ^ (unsigned char)*text) * UINT32_C(16777619);
	while (*text++);
	return hash;
}

uint32_t wanted_version(void)
{
	uint32_t hash = UINT32_C(2166136261);

	for (size_t i = 0; i < COUNT(rules); i++) {
		hash = hash_text(hash, rules[i].keep ? "+" : "-");
		hash = hash_text(hash, rules[i].below);
		hash = hash_text(hash, rules[i].name);
	}
	return hash;
}
