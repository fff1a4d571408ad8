/* ikconfig: the kernel's configuration, where the kernel carries it with it
 * (CONFIG_IKCONFIG=y).
 *
 * Shape: "IKCFG_ST", the .config compressed by gzip, "IKCFG_ED", all in .rodata.
 * Source: kernel/configs.c, unchanged since 2.6.
 */
#ifndef RECOVER_PARSE_IKCONFIG_H
#define RECOVER_PARSE_IKCONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define IKCONFIG_NEEDLE "IKCFG_ST"
#define IKCONFIG_NEEDLE_SIZE 8
#define IKCONFIG_TEXT_MAX (UINT32_C(4) << 20) /* distributions' configs have 0.3 MB */

/* Unpacks the configuration that begins at data, with IKCFG_ST, and appends its text to
 * b; on an error b stays as it was. size: how many bytes there are, more is allowed.
 * Errors: ERR_ABSENT: no IKCFG_ST there; ERR_DATA: what follows is broken, is longer
 * than IKCONFIG_TEXT_MAX, does not end with IKCFG_ED, or is no configuration. */
struct err *ikconfig_unpack(const uint8_t *data, size_t size, struct buf *b) MUST_CHECK;

/* Finds and unpacks the configuration in a kernel image. *offset: of IKCFG_ST in it.
 * Errors: ERR_ABSENT; ERR_DATA: the only one is broken (why), or two differ. */
struct err *ikconfig_find(const uint8_t *image, size_t size, size_t *offset,
			  struct buf *b) MUST_CHECK;

#endif
