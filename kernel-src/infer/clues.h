/* clues: what a kernel says of its configuration besides the names of its functions: banner,
 * vermagic, VMCOREINFO, the modules that are loaded, the lengths of arrays.
 *
 * Each clue tells infer what it says and where it comes from. infer keeps two that disagree as a
 * contradiction.
 */
#ifndef KERNEL_SRC_INFER_CLUES_H
#define KERNEL_SRC_INFER_CLUES_H

#include "base/buf.h"
#include "kernel-src/infer/infer.h"
#include "kernel-src/kconfig/option.h"

/* Shape: "Linux version 6.1.0-56-amd64 (...) (...) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)" */
void clues_banner(struct infer *in, const char *banner);

/* Shape: "6.1.0-56-amd64 SMP preempt mod_unload modversions ". Source: include/linux/vermagic.h
 * Errors: ERR_DATA: RANDSTRUCT: nobody can find out that kernel's layout. */
struct err *clues_vermagic(struct infer *in, const struct kconfig *k, const char *vermagic) MUST_CHECK;

/* text: lines such as "LENGTH(node_data)=1024". Source: kernel/crash_core.c */
void clues_vmcoreinfo(struct infer *in, const char *text);

/* symbols: recover's modules.map. Here only the modules' names count: the option that builds a
 * module is m if the module is loaded. Shape: "ffffffffc0a01000 t crc16\t[crc16]" */
void clues_modules(struct infer *in, const struct gates *gates, const char *symbols);

/* Options that are numbers. The distances between symbols tell them, and vmcoreinfo (or "").
 * Appends lines as those of infer --out to b, and to said a line for people where the two disagree. */
void clues_numbers(const char *system_map, const char *vmcoreinfo, struct buf *b, struct buf *said);

#endif
