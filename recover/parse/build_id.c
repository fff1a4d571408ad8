#include "recover/parse/build_id.h"

#include <string.h>

#define NT_GNU_BUILD_ID 3
#define BUILD_ID_MAX 64 /* bytes; SHA-1 has 20 */

static size_t padded(uint32_t size)
{
	return ((size_t)size + 3) & ~(size_t)3;
}

static struct err *read_header(struct view *notes, uint32_t *name_size, uint32_t *text_size,
			       uint32_t *type)
{
	struct err *e = view_u32(notes, name_size);

	if (e)
		return e;
	e = view_u32(notes, text_size);
	return e ? e : view_u32(notes, type);
}

static struct err *next_note(struct view *notes, uint32_t *type, struct view *name,
			     struct view *text)
{
	uint32_t name_size, text_size;
	struct err *e = read_header(notes, &name_size, &text_size, type);

	if (e)
		return e;
	e = view_sub(notes, notes->pos, name_size, name);
	if (e)
		return e;
	e = view_skip(notes, padded(name_size));
	if (e)
		return e;
	e = view_sub(notes, notes->pos, text_size, text);
	if (e)
		return e;
	/* the last note need not be padded */
	return view_skip(notes, padded(text_size) < view_left(notes) ? padded(text_size) :
								       view_left(notes));
}

struct err *build_id_find(struct view *notes, struct buf *b)
{
	while (view_left(notes) >= 12) {
		struct view name, text;
		uint32_t type;
		struct err *e = next_note(notes, &type, &name, &text);

		if (e)
			return err_in(e, "ELF notes");
		if (type != NT_GNU_BUILD_ID || name.size != 4 || memcmp(name.data, "GNU", 4))
			continue;
		if (!text.size || text.size > BUILD_ID_MAX)
			return err_new(ERR_DATA, "ELF notes: a build id of %zu bytes", text.size);
		for (size_t i = 0; i < text.size; i++)
			buf_addf(b, "%02x", text.data[i]);
		return NULL;
	}
	return err_new(ERR_ABSENT, "ELF notes: no build id");
}
