/* ikconfig_module: the kernel's configuration, where a loaded module carries it (CONFIG_IKCONFIG=m).
 *
 * The module "configs" has the same bytes as a kernel with CONFIG_IKCONFIG=y, in pages that are
 * neighbours by address, hardly ever in RAM. Anybody can write IKCFG_ST; only what the kernel's page
 * tables map where modules are is taken for it.
 */
#ifndef RECOVER_PARSE_IKCONFIG_MODULE_H
#define RECOVER_PARSE_IKCONFIG_MODULE_H

#include "x86/xlat.h"
#include "recover/parse/ikconfig.h"

/* at: count places in RAM where IKCFG_ST stands; those outside the modules' area are passed over.
 * *ret: the address of the one that was unpacked into b.
 * Errors: ERR_ABSENT: none of them is in a module; ERR_DATA: the only one is broken, or two differ;
 * ERR_SYSTEM. */
struct err *ikconfig_module_find(const struct xlat *x, const struct paddr *at, size_t count,
				 struct kaddr *ret, struct buf *b) MUST_CHECK;

#endif
