#include "offsets/dwarf_object.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"

static void end_dwfl(Dwfl **dwfl)
{
	dwfl_end(*dwfl);
}

/* The debug information is in the object itself: libdwfl is not to search this machine for more. */
static int find_no_debuginfo(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base,
			     const char *file, const char *debug_link, GElf_Word crc, char **ret)
{
	(void)module, (void)user, (void)name, (void)base, (void)file, (void)debug_link, (void)crc;
	*ret = NULL;
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = find_no_debuginfo,
	.section_address = dwfl_offline_section_address,
};

/* Opens the object with its relocations applied; *dwfl owns *ret. */
static struct err *open_object(const char *path, Dwfl *dwfl, Dwarf **ret)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	Dwfl_Module *module;
	GElf_Ehdr header;
	Dwarf_Addr bias;
	Elf *elf;

	if (fd < 0)
		return err_errno("%s", path);
	module = dwfl_report_offline(dwfl, "probe", path, fd);
	if (!module)
		return err_new(ERR_DATA, "%s: no ELF object: %s", path, dwfl_errmsg(-1));
	fd = -1; /* it is the module's now */
	dwfl_report_end(dwfl, NULL, NULL);
	elf = dwfl_module_getelf(module, &bias);
	if (!elf || !gelf_getehdr(elf, &header))
		return err_new(ERR_DATA, "%s: no ELF object: %s", path, dwfl_errmsg(-1));
	if (header.e_machine != EM_X86_64 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
	    header.e_ident[EI_DATA] != ELFDATA2LSB)
		return err_new(ERR_DATA, "%s: not an object for x86-64", path);
	*ret = dwfl_module_getdwarf(module, &bias);
	if (!*ret)
		return err_new(ERR_DATA, "%s: no debug information: %s", path, dwfl_errmsg(-1));
	return NULL;
}

struct err *dwarf_object_each_unit(const char *path, struct err *(*call)(Dwarf_Die *unit, void *arg),
				   void *arg)
{
	CLEANUP(end_dwfl) Dwfl *dwfl = dwfl_begin(&callbacks);
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;
	Dwarf *dwarf;
	uint8_t kind;
	int status;
	struct err *e;

	if (!dwfl)
		return err_new(ERR_SYSTEM, "libdwfl: %s", dwfl_errmsg(-1));
	e = open_object(path, dwfl, &dwarf);
	if (e)
		return e;
	while (!(status = dwarf_get_units(dwarf, unit, &unit, NULL, &kind, &die, NULL))) {
		if (kind != DW_UT_compile)
			continue;
		e = call(&die, arg);
		if (e)
			return e;
	}
	return status < 0 ? err_new(ERR_DATA, "%s: damaged: %s", path, dwarf_errmsg(-1)) : NULL;
}
