/* modules: the symbols of loaded modules, which the kernel's own table does not have.
 *
 * A module brings its symbol table with it, as ELF has it; the kernel keeps what belongs to code and
 * data that stay. Where struct module has the pointer to it depends on the configuration, so it is
 * known by what it leads to.
 *
 * Source: struct module and struct mod_kallsyms (include/linux/module.h), module_get_kallsym()
 * (kernel/module.c, since 5.19 kernel/module/kallsyms.c).
 */
#ifndef RECOVER_PARSE_MODULES_H
#define RECOVER_PARSE_MODULES_H

#include "base/buf.h"
#include "x86/xlat.h"

/* Whether an address is where modules lie, and whether a struct module seems to have its `list`
 * there. */
bool modules_are_at(struct kaddr at);
bool modules_may_be(const struct xlat *x, struct kaddr list);

/* Follows the list of modules from its head and appends their symbols to b, as /proc/kallsyms has
 * them: "ffffffffc0a01000 t crc16\t[crc16]". The case of the type is the module's own: it is not
 * looked whether the symbol is exported. modules: how many were read. What was read before an error
 * stays.
 * Shape: state (u32), list (at 8), name (at 24, 56 bytes); somewhere in the 8 KiB a pointer to
 * struct mod_kallsyms { symtab, num_symtab, strtab, typetab } in the module itself. typetab is there
 * since 5.2; before, the type is in st_size (5.0) or st_info.
 * Errors: ERR_DATA: the list does not close, or a module has no symbols where all that were read are
 * in order, naming it; ERR_SYSTEM. */
struct err *modules_symbols(const struct xlat *x, struct kaddr head, struct buf *b,
			    size_t *modules) MUST_CHECK;

#endif
