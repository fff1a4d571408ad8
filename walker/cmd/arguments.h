/* arguments: the words behind a command's name, read as what they stand for.
 */
#ifndef WALKER_CMD_ARGUMENTS_H
#define WALKER_CMD_ARGUMENTS_H

#include <stdint.h>

#include "base/err.h"

/* Errors: ERR_USAGE. parse_number(): decimal, or hexadecimal behind 0x. what: with its
 * article, for the error. */
struct err *parse_number(const char *text, const char *what, uint64_t *ret) MUST_CHECK;
struct err *parse_pid(const char *text, uint32_t *ret) MUST_CHECK;

#endif
