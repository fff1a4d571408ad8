/* btf_layout: the third derivation: BTF out of the target's own memory.
 *
 * The bytes come from the target and are hostile. libbpf checks the bounds of
 * types and strings; all that follows references has a limit here.
 */
#ifndef OFFSETS_BTF_LAYOUT_H
#define OFFSETS_BTF_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "offsets/layout.h"

#define BTF_FILE_MAX (32u << 20)

struct btf_layout;

/* bytes: raw BTF, which is copied. name: for messages. *ret is owned by the caller.
 * Errors: ERR_DATA: not BTF of a little-endian machine, or damaged.
 * Source: include/uapi/linux/btf.h */
struct err *btf_layout_new(const char *name, const void *bytes, size_t size,
			   struct btf_layout **ret) MUST_CHECK;
void btf_layout_free(struct btf_layout *b);
static inline void btf_layout_freep(struct btf_layout **b)
{
	btf_layout_free(*b);
}

/* The next type of this kind and tag after id (0: the first), or 0. A kernel
 * may hold several: private ones of its files. */
uint32_t btf_layout_find(const struct btf_layout *b, enum fields_kind kind, const char *tag,
			 uint32_t id);

/* Fills in ret, of which members are allocated and all else zero, from type id.
 * Arrays of several dimensions are flat in BTF: their count is that of all.
 * Errors: ERR_DATA: it is damaged, or nested without an end. */
struct err *btf_layout_type(const struct btf_layout *b, uint32_t id,
			    const struct fields_type *field, struct layout_type *ret) MUST_CHECK;

/* Whether the value of an enumerator agrees with that of another derivation: BTF
 * made before 6.0 does not say whether an enum is signed. */
bool btf_layout_agrees(const struct layout_value *btf, const struct layout_value *value);

/* Of all enumerators of this name, *ret becomes the one that agrees with value, else
 * the first. ret->have is false when there is none. */
void btf_layout_enumerator(const struct btf_layout *b, const char *name,
			   const struct layout_value *value, struct layout_value *ret);

#endif
