/* ikconfig: the kernel's configuration, where the kernel carries it along (CONFIG_IKCONFIG=y).
 *
 * It is the best evidence of a configuration there is, since nobody but the kernel's builder wrote
 * it. But Debian's kernels do not have it, nor do those of Ubuntu 18.04 and 20.04.
 *
 * Shape: "IKCFG_ST", the .config compressed by gzip, "IKCFG_ED", all in .rodata. The two words are
 * there to be searched for: scripts/extract-ikconfig finds the text in a file by them, and so do we.
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
#define IKCONFIG_TEXT_MAX (UINT32_C(4) << 20) /* distributions' configurations are 0.3 MB */

/* Unpacks the configuration whose IKCFG_ST is at data, and appends its text to b. An error leaves b
 * as it was. size: of the bytes at data; there may be more than the configuration needs.
 * Errors: ERR_ABSENT: there is no IKCFG_ST at data; ERR_DATA: what follows is broken, is longer than
 * IKCONFIG_TEXT_MAX, does not end with IKCFG_ED, or is not a configuration. */
struct err *ikconfig_unpack(const uint8_t *data, size_t size, struct buf *b) MUST_CHECK;

/* Finds the configuration in a kernel image and unpacks it. *offset: of IKCFG_ST in the image.
 * Errors: ERR_ABSENT; ERR_DATA: the only one is broken, saying why, or two differ. */
struct err *ikconfig_find(const uint8_t *image, size_t size, size_t *offset,
			  struct buf *b) MUST_CHECK;

#endif
