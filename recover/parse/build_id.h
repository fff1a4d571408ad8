/* build_id: the hash that the linker gave a kernel, in its ELF notes.
 *
 * Shape: notes one after the other, each u32 name size, u32 text size, u32 type, then name and text,
 * both padded to 4 bytes. The build id has the name "GNU" and type 3 (NT_GNU_BUILD_ID).
 * Source: elf(5).
 */
#ifndef RECOVER_PARSE_BUILD_ID_H
#define RECOVER_PARSE_BUILD_ID_H

#include "base/buf.h"
#include "base/view.h"

/* Appends the build id among these notes to b, in hexadecimal.
 * Errors: ERR_ABSENT: none of them is a build id; ERR_DATA: the notes are damaged. */
struct err *build_id_find(struct view *notes, struct buf *b) MUST_CHECK;

#endif
