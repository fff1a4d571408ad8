/* layout_btf: the third derivation: BTF out of the target's own memory.
 *
 * The bytes come from the target and are hostile. libbpf checks the bounds of
 * types and strings; all that follows references has a limit here.
 */
#ifndef OFFSETS_LAYOUT_BTF_H
#define OFFSETS_LAYOUT_BTF_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "offsets/layout.h"

#define BTF_FILE_MAX (32u << 20)

struct layout_btf;

/* bytes: raw BTF, which is copied. name: for messages. *ret is owned by the caller.
 * Errors: ERR_DATA: not BTF of a little-endian machine, or damaged.
 * Source: include/uapi/linux/btf.h */
struct err *layout_btf_new(const char *name, const void *bytes, size_t size,
			   struct layout_btf **ret) MUST_CHECK;
void layout_btf_free(struct layout_btf *b);
static inline void layout_btf_freep(struct layout_btf **b)
{
	layout_btf_free(*b);
}

/* The next type of this kind and tag after id (0: the first), or 0. A kernel
 * may hold several: private ones of its files. */
uint32_t layout_btf_find(const struct layout_btf *b, enum fields_kind kind, const char *tag,
			 uint32_t id);

/* Fills in ret, of which members are allocated and all else zero, from type id.
 * Arrays of several dimensions are flat in BTF: their count is that of all.
 * Errors: ERR_DATA: it is damaged, or nested without an end. */
struct err *layout_btf_type(const struct layout_btf *b, uint32_t id,
			    const struct fields_type *field, struct layout_type *ret) MUST_CHECK;

/* Whether the value of an enumerator agrees with that of another derivation: BTF
 * made before 6.0 does not say whether an enum is signed. */
bool layout_btf_agrees(const struct layout_value *btf, const struct layout_value *value);

/* Of all enumerators of this name, *ret becomes the one that agrees with value, else
 * the first. ret->have is false when there is none. */
void layout_btf_enumerator(const struct layout_btf *b, const char *name,
			   const struct layout_value *value, struct layout_value *ret);

#endif
