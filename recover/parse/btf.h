/* btf: the kernel's own description of its types, found in memory and checked.
 *
 * BPF needs it at run time, so the kernel keeps it in its read-only data. It has the members and
 * offsets of the very kernel that runs, which makes it worth much to us if we can trust it. This
 * noun does no more than that: it finds the right BTF and checks that every reference in it stays
 * inside. libbpf reads it afterwards.
 *
 * A machine's memory holds more than one. The decompressor leaves a stale twin behind, each module
 * has its own, and the page cache may hold a vmlinux. The live one lies inside the kernel image,
 * between the symbols __start_BTF and __stop_BTF.
 *
 * Shape: header (u16 magic 0xeb9f, u8 version 1, u8 flags 0, u32 hdr_len 24, type_off, type_len,
 * str_off, str_len; offsets count from the header's end), types (12 bytes each, and what their
 * kind adds), strings (the first one is empty).
 * Source: include/uapi/linux/btf.h (kinds 0 to 19: 6.0); vmlinux has the section .BTF since 5.2.
 */
#ifndef RECOVER_PARSE_BTF_H
#define RECOVER_PARSE_BTF_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "recover/kallsyms/kallsyms.h"

#define BTF_SIZE_MAX (UINT32_C(64) << 20)
/* The header's first 8 bytes, for a search of memory. */
#define BTF_NEEDLE "\x9f\xeb\x01\x00\x18\x00\x00\x00"
#define BTF_NEEDLE_SIZE 8

struct btf_blob {
	size_t size; /* bytes of header, types and strings together */
	uint32_t types;
};

/* Checks that a kernel's BTF begins at data: every type and every reference to a type or a string
 * stays inside, and task_struct is among the types. size: of the bytes at data; there may be more
 * than the BTF needs.
 * Errors: ERR_ABSENT: there is no BTF header; ERR_DATA, naming the type or the field. */
struct err *btf_check(const uint8_t *data, size_t size, struct btf_blob *ret) MUST_CHECK;

/* Finds the live BTF of a kernel image, as passed to kallsyms_find(). k: the image's symbols, or
 * NULL. Where no symbol says where the BTF begins, the image may hold only one. *offset: in image.
 * Errors: ERR_ABSENT: this kernel has no BTF; ERR_DATA: it is damaged, or there are two. */
struct err *btf_find(const uint8_t *image, size_t size, struct kaddr image_va,
		     const struct kallsyms *k, size_t *offset,
		     struct btf_blob *ret) MUST_CHECK;

#endif
