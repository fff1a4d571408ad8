/* modules: the symbols of loaded modules, which the kernel's own table does not have.
 *
 * A module brings its symbol table with it, in ELF's shape. After loading, the kernel keeps the part
 * that belongs to code and data that stay. The place of struct mod_kallsyms and of the pointer to it
 * in struct module depends on the configuration, which we may not know yet. So we recognise the
 * pointer by what it leads to: a struct in the module itself, whose first symbol is all zeros, as
 * ELF demands of every table.
 *
 * Shape: state (u32), list (at 8), name (at 24, 56 bytes); somewhere in the first 8 KiB a pointer to
 * struct mod_kallsyms { symtab, num_symtab, strtab, typetab } in the module itself. typetab exists
 * since 5.2. Before, the type of a symbol is in its st_size (5.0) or in its st_info.
 * Source: struct module and struct mod_kallsyms (include/linux/module.h), module_get_kallsym()
 * (kernel/module.c, since 5.19 kernel/module/kallsyms.c).
 */
#ifndef RECOVER_PARSE_MODULES_H
#define RECOVER_PARSE_MODULES_H

#include "base/buf.h"
#include "x86/xlat.h"

/* Whether an address is in the area where modules lie. */
bool modules_are_at(struct kaddr at);
/* Whether a struct module seems to have its `list` at this address. */
bool modules_may_be(const struct xlat *x, struct kaddr list);

/* Follows the list of modules from its head and appends their symbols to b, as /proc/kallsyms prints
 * them: "ffffffffc0a01000 t crc16\t[crc16]". The case of the type letter is the module's own, where
 * /proc/kallsyms prints a capital for an exported symbol. *modules: how many were read. After an
 * error b keeps what was read.
 * Errors: ERR_DATA: the list does not close, or the symbols of a module cannot be read, naming the
 * first such module (the others are read all the same); ERR_SYSTEM. */
struct err *modules_symbols(const struct xlat *x, struct kaddr head, struct buf *b,
			    size_t *modules) MUST_CHECK;

#endif
