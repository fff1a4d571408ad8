/* kallsyms_tables: where the tables of a kernel's symbols lie in its image, and
 * how they are read. Internal to kallsyms; see recover/kallsyms/kallsyms.h.
 *
 * Shape, in .rodata, little-endian, every label aligned to 8 bytes (4 from 7.0 on):
 *
 *	addresses	u64[n], or i32[n] and a u64 base	up to 6.3
 *	num_syms	u32 (u64 up to 4.19)
 *	names		n times: length (1 byte, or 2 as ULEB128), that many tokens
 *	markers		u32 (u64 up to 4.19): where in names every 256th one begins
 *	seqs_of_names	u8[3][n] or u32[n]			6.2, 6.3, older ones patched
 *	token_table	256 strings
 *	token_index	u16[256]: where in token_table each begins
 *	addresses	see above				from 6.4 on
 *	seqs_of_names						from 6.4 on
 *
 * Without compression there are no tokens: names hold the characters themselves.
 * Source: scripts/kallsyms.c of 4.15 to 7.2; 80ffbaa5b1bd (4.20, u32), 73bbb94466fd
 * (6.1, ULEB128), 404bad70fcf7 (6.4, order), a081b5789255 (7.0, no base).
 */
#ifndef RECOVER_KALLSYMS_TABLES_H
#define RECOVER_KALLSYMS_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/err.h"

#define KALLSYMS_COUNT_MIN 257u /* two markers: one proves nothing */
#define KALLSYMS_COUNT_MAX (1u << 21)
#define KALLSYMS_NAME_MAX 1023u /* with its type; the kernel's KSYM_NAME_LEN is 512 */
#define KALLSYMS_TOKENS 256u
#define KALLSYMS_INDEX_SIZE (KALLSYMS_TOKENS * 2)
#define KALLSYMS_SETS_MAX 8u /* complete sets of tables in one image */

struct kallsyms_image {
	const uint8_t *data;
	size_t size;
	struct kaddr va; /* run-time address of data[0] */
};

/* Offsets are from the image's start. */
struct kallsyms_tables {
	uint32_t count;
	unsigned word; /* bytes of num_syms and of a marker: 4 or 8 */
	unsigned seq;  /* bytes of an entry of seqs_of_names before the tokens; 0: not there */
	size_t num_syms;
	size_t names;
	size_t markers;
	bool compressed; /* the next two are there */
	size_t token_table;
	size_t token_index;
	size_t end; /* behind the last of these: where addresses may follow */
};

/* Symbols in the kernel's order, grown by kallsyms_names() and kallsyms_addresses(). */
struct kallsyms_list {
	uint32_t count;
	uint64_t *address;
	char *type;
	uint32_t *name;	 /* offset in text */
	struct buf text; /* names, each with its NUL */
	uint32_t banner; /* linux_banner and _text; the number of symbols: not there */
	uint32_t start;
};

void kallsyms_list_deinit(struct kallsyms_list *l);

static inline size_t align_up(size_t value, size_t to)
{
	return (value + to - 1) & ~(to - 1);
}

/* Bytes of the length in front of a name, and the length; 0 when it does not end
 * before LEFT bytes are over. */
static inline size_t kallsyms_length(const uint8_t *p, size_t left, size_t *ret)
{
	if (left < 1)
		return 0;
	*ret = p[0];
	if (!(p[0] & 0x80))
		return 1;
	if (left < 2)
		return 0;
	*ret = (size_t)(p[0] & 0x7f) | (size_t)p[1] << 7;
	return 2;
}

/* Finds every set of tables, by structure alone, at most KALLSYMS_SETS_MAX.
 * Errors: ERR_ABSENT: no token table and no uncompressed names; ERR_DATA: a token
 * table without the rest, or more of them than any kernel has. */
struct err *kallsyms_tables_find(const struct kallsyms_image *image,
				 struct kallsyms_tables sets[KALLSYMS_SETS_MAX],
				 size_t *ret) MUST_CHECK;

/* Decodes names and types into l, which is empty. Errors: ERR_DATA. */
struct err *kallsyms_names(const struct kallsyms_image *image, const struct kallsyms_tables *t,
			   struct kallsyms_list *l) MUST_CHECK;

/* Computes addresses by the formula under which the symbols make sense; *formula
 * is a constant text that names it, *at where its table begins.
 * Errors: ERR_DATA: none does; says what the closest one made of linux_banner. */
struct err *kallsyms_addresses(const struct kallsyms_image *image,
			       const struct kallsyms_tables *t, struct kallsyms_list *l,
			       const char **formula, size_t *at) MUST_CHECK;

#endif
