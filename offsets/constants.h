/* constants: the second derivation: numbers that the compiler computed itself and
 * left in an object as data. Symbol table and sections are all that is needed to
 * read them; neither debug information nor relocations take part.
 */
#ifndef OFFSETS_CONSTANTS_H
#define OFFSETS_CONSTANTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "offsets/layout.h"

/* A number named "NAME" is the symbol farwalk_number_NAME: two unsigned long
 * long, the value as two's complement and whether it is negative. */
#define CONSTANTS_NUMBER "farwalk_number_"
/* The place of a bit-field is the symbol farwalk_bits_NAME: a structure in
 * which that field is all ones, and all else zero. */
#define CONSTANTS_BITS "farwalk_bits_"

struct constants;

/* Errors: ERR_SYSTEM when PATH cannot be read; ERR_DATA when it is no x86-64
 * relocatable object, or damaged. *ret is owned by the caller. */
struct err *constants_read(const char *path, struct constants **ret) MUST_CHECK;
void constants_free(struct constants *c);
static inline void constants_freep(struct constants **c)
{
	constants_free(*c);
}

/* ret->have is false when there is no such number. Errors: ERR_DATA: it is not
 * of that shape. */
struct err *constants_value(const struct constants *c, const char *name,
			    struct layout_value *ret) MUST_CHECK;

/* A number that cannot be negative, and has to be there. */
struct err *constants_u64(const struct constants *c, const char *name, uint64_t *ret) MUST_CHECK;

/* Place and width of a bit-field, in bits.
 * Errors: ERR_DATA: not there, no bit set, or bits apart from each other. */
struct err *constants_bits(const struct constants *c, const char *name, uint64_t *offset,
			   uint64_t *width) MUST_CHECK;

#endif
