/* ikconfig_module: the kernel's configuration, where a loaded module carries it (CONFIG_IKCONFIG=m).
 *
 * The module "configs" has the same bytes as a kernel with CONFIG_IKCONFIG=y, but in memory of
 * vmalloc(): its pages are neighbours by address and hardly ever in RAM. So a search of RAM finds
 * the first page, and the kernel's page tables lead to the others. They also prove that it is a
 * module's: anybody can write IKCFG_ST somewhere, but only the kernel maps it where modules lie.
 */
#ifndef RECOVER_PARSE_IKCONFIG_MODULE_H
#define RECOVER_PARSE_IKCONFIG_MODULE_H

#include "x86/xlat.h"
#include "recover/parse/ikconfig.h"

/* at: count places in RAM where IKCFG_ST stands. We pass over those that are not mapped in the area
 * of image and modules. *ret: the address of the one that was unpacked into b.
 * Errors: ERR_ABSENT: none of them is in a module; ERR_DATA: the only one is broken, or two differ;
 * ERR_SYSTEM. */
struct err *ikconfig_module_find(const struct xlat *x, const struct paddr *at, size_t count,
				 struct kaddr *ret, struct buf *b) MUST_CHECK;

#endif
