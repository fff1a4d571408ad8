/* tables: where the tables of a kernel's symbols lie in its image, and how they are read.
 * Internal to recover/kallsyms/kallsyms.h.
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
 * A name begins with the letter of its type. Names are compressed: each byte is the number of a
 * string in token_table. That halves them: the 94,266 names of Debian's 6.1 are 2.4 MB of text and
 * take 1.2 MB. OpenWrt's kernels do not compress; they have neither token_table nor token_index,
 * and the bytes of a name are its characters. A length was one byte until 6.1 raised the longest
 * name from 128 to 512 characters. recover/kallsyms/addresses.c has the history of the addresses.
 *
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

#define KALLSYMS_COUNT_MIN 257u /* two markers; a single one is always 0 and proves nothing */
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
	unsigned seq;  /* bytes of an entry of seqs_of_names before the tokens; 0: there is none */
	size_t num_syms;
	size_t names;
	size_t markers;
	bool compressed; /* with token_table and token_index */
	size_t token_table;
	size_t token_index;
	size_t end; /* of the last of these tables; addresses may follow */
};

/* Symbols in the kernel's order. kallsyms_names() and kallsyms_addresses() fill it. */
struct kallsyms_list {
	uint32_t count;
	uint64_t *address;
	char *type;
	uint32_t *name;	 /* offset in text */
	struct buf text; /* names, each with its NUL */
	uint32_t banner; /* index of linux_banner, or the number of symbols: there is none */
	uint32_t start;	 /* the same of _text */
};

void kallsyms_list_deinit(struct kallsyms_list *l);

static inline size_t align_up(size_t value, size_t to)
{
	return (value + to - 1) & ~(to - 1);
}

/* Reads the length in front of a name into *ret. Returns how many bytes the length itself takes;
 * 0: it does not end within the LEFT bytes. */
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

/* Finds every set of tables, by structure alone, at most KALLSYMS_SETS_MAX; *ret: how many.
 * Errors: ERR_ABSENT: there are neither a token table nor uncompressed names; ERR_DATA: a token
 * table lacks the rest, or there are more of them than any kernel has. */
struct err *kallsyms_tables_find(const struct kallsyms_image *image,
				 struct kallsyms_tables sets[KALLSYMS_SETS_MAX],
				 size_t *ret) MUST_CHECK;

/* Decodes names and types into l, which must be empty. Errors: ERR_DATA. */
struct err *kallsyms_names(const struct kallsyms_image *image, const struct kallsyms_tables *t,
			   struct kallsyms_list *l) MUST_CHECK;

/* Computes addresses by the formula under which the symbols make sense. *formula: a constant text
 * that names it. *at: where its table begins.
 * Errors: ERR_DATA: no formula makes sense of them; says where the closest one puts linux_banner. */
struct err *kallsyms_addresses(const struct kallsyms_image *image,
			       const struct kallsyms_tables *t, struct kallsyms_list *l,
			       const char **formula, size_t *at) MUST_CHECK;

#endif
