/* facts: reads and writes the small text files through which one stage talks to the next.
 *
 * Shape: a line for each fact, in the order in which they were set, with its evidence:
 *
 *	# comment
 *	phys_base=-0x7000000  # vmcoreinfo, trampoline, banner
 *	banner="Linux version 6.1.0-56-amd64 (...)"  # 0x1a001c0
 *
 * A key is [A-Za-z0-9_.]+. A value with other characters than [A-Za-z0-9_.,:/+@%=~^-] stands in
 * double quotes, with \", \\ and \xHH (control characters, and bytes that are not ASCII). So no
 * text of the target can start a line.
 */
#ifndef BASE_FACTS_H
#define BASE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct facts;

struct facts *facts_new(void);
void facts_free(struct facts *f);
static inline void facts_freep(struct facts **f)
{
	facts_free(*f);
}

/* Sets KEY, and replaces an earlier value. evidence: what the value rests on, or NULL. */
void facts_set(struct facts *f, const char *key, const char *value, const char *evidence);
void facts_set_hex(struct facts *f, const char *key, uint64_t value, const char *evidence);
/* A negative number as "-0x...": phys_base may be one. */
void facts_set_signed_hex(struct facts *f, const char *key, int64_t value, const char *evidence);
void facts_set_uint(struct facts *f, const char *key, uint64_t value, const char *evidence);

/* Value or evidence of KEY; NULL when it is not set. Owned by f. */
const char *facts_get(const struct facts *f, const char *key);
const char *facts_evidence(const struct facts *f, const char *key);

/* A number is hexadecimal with 0x, else decimal; a leading minus makes it two's complement.
 * Errors: ERR_ABSENT (no such key), ERR_DATA (not a number), naming file and key. */
struct err *facts_str(const struct facts *f, const char *key, const char **ret) MUST_CHECK;
struct err *facts_u64(const struct facts *f, const char *key, uint64_t *ret) MUST_CHECK;

size_t facts_count(const struct facts *f);
/* The i-th fact; i < facts_count(). */
void facts_at(const struct facts *f, size_t i, const char **key, const char **value,
	      const char **evidence);

/* Errors: ERR_SYSTEM; ERR_DATA naming file and line. *ret is owned by the caller. */
struct err *facts_read(const char *path, struct facts **ret) MUST_CHECK;
/* As file_write(): whole or not at all, and untouched when nothing changed. */
struct err *facts_write(const struct facts *f, const char *path, bool *changed) MUST_CHECK;
void facts_format(const struct facts *f, struct buf *b);

#endif
