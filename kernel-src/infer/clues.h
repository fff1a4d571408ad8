/* clues: what a kernel says of its configuration besides the names of its functions: banner, vermagic, VMCOREINFO, the modules
 * that are loaded, the lengths of arrays.
 *
 * Each is told to infer with where it comes from; two that disagree are kept there as a contradiction.
 */
#ifndef KERNEL_SRC_INFER_CLUES_H
#define KERNEL_SRC_INFER_CLUES_H

#include "base/buf.h"
#include "kernel-src/infer/infer.h"
#include "kernel-src/kconfig/option.h"

/* Shape: "Linux version 6.1.0-56-amd64 (...) (...) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)" */
void clues_banner(struct infer *in, const char *banner);

/* Shape: "6.1.0-56-amd64 SMP preempt mod_unload modversions ". Source: include/linux/vermagic.h
 * Errors: ERR_DATA: RANDSTRUCT, with which no layout can be found out. */
struct err *clues_vermagic(struct infer *in, const struct kconfig *k, const char *vermagic) MUST_CHECK;

/* text: lines such as "LENGTH(node_data)=1024". Source: kernel/crash_core.c */
void clues_vmcoreinfo(struct infer *in, const char *text);

/* symbols: recover's modules.map, of which only the modules' names count here: a module that is loaded was built by an option
 * that is m. Shape: "ffffffffc0a01000 t crc16\t[crc16]" */
void clues_modules(struct infer *in, const struct gates *gates, const char *symbols);

/* Options that are numbers, from how far apart symbols are and VMCOREINFO (or ""): lines as infer's, into b; where the two
 * disagree, a line for people into said. */
void clues_numbers(const char *system_map, const char *vmcoreinfo, struct buf *b, struct buf *said);

#endif
