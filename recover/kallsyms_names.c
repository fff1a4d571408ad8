/* kallsyms_names: names and types, put together from tokens. */
#include <string.h>

#include "base/view.h"
#include "recover/kallsyms_tables.h"

#define TEXT_MAX (UINT32_C(64) << 20) /* bytes of all names; 94,266 symbols have 2.4 MB */

struct token {
	const uint8_t *text;
	size_t size;
};

struct alphabet {
	struct token token[KALLSYMS_TOKENS];
	uint8_t self[KALLSYMS_TOKENS]; /* without compression a byte stands for itself */
};

static void alphabet_init(struct alphabet *a, const struct kallsyms_image *image,
			  const struct kallsyms_tables *t)
{
	for (unsigned i = 0; i < KALLSYMS_TOKENS; i++) {
		a->self[i] = (uint8_t)i;
		if (t->compressed) {
			const uint8_t *index = image->data + t->token_index;

			a->token[i].text = image->data + t->token_table + load_u16(index + 2 * i);
			a->token[i].size = strlen((const char *)a->token[i].text);
		} else {
			a->token[i].text = &a->self[i];
			a->token[i].size = 1;
		}
	}
}

/* The tokens at p, LENGTH of them, as text with its NUL; *size without it. */
static struct err *expand(const struct alphabet *a, const uint8_t *p, size_t length,
			  char text[KALLSYMS_NAME_MAX + 1], size_t *size)
{
	size_t at = 0;

	for (size_t i = 0; i < length; i++) {
		const struct token *token = &a->token[p[i]];

		if (token->size > KALLSYMS_NAME_MAX - at)
			return err_new(ERR_DATA, "longer than %u characters", KALLSYMS_NAME_MAX);
		memcpy(text + at, token->text, token->size);
		at += token->size;
	}
	text[at] = '\0';
	*size = at;
	return NULL;
}

static struct err *check(const char *text, size_t size)
{
	char type = text[0];

	if (size < 2)
		return err_new(ERR_DATA, "no name");
	if (!(type >= 'A' && type <= 'Z') && !(type >= 'a' && type <= 'z') && type != '?')
		return err_new(ERR_DATA, "type 0x%02x is no letter", (unsigned char)type);
	for (size_t i = 1; i < size; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return err_new(ERR_DATA, "byte 0x%02x in the name",
				       (unsigned char)text[i]);
	return NULL;
}

void kallsyms_list_deinit(struct kallsyms_list *l)
{
	free(l->address);
	free(l->type);
	free(l->name);
	buf_deinit(&l->text);
}

struct err *kallsyms_names(const struct kallsyms_image *image, const struct kallsyms_tables *t,
			   struct kallsyms_list *l)
{
	const uint8_t *p = image->data + t->names, *end = image->data + t->markers;
	struct alphabet a;

	alphabet_init(&a, image, t);
	l->type = xmalloc(t->count);
	l->name = xcalloc(t->count, sizeof(*l->name));
	buf_reserve(&l->text, 32 * (size_t)t->count);
	for (l->count = 0; l->count < t->count; l->count++) {
		char text[KALLSYMS_NAME_MAX + 1];
		size_t length, size = 0, head = kallsyms_length(p, (size_t)(end - p), &length);
		struct err *e;

		if (!head || length > (size_t)(end - p) - head)
			return err_new(ERR_DATA, "symbol %u of %u runs into the markers",
				       l->count, t->count);
		e = expand(&a, p + head, length, text, &size);
		if (!e)
			e = check(text, size);
		if (!e && l->text.size + size > TEXT_MAX)
			e = err_new(ERR_DATA, "more than %u bytes of names", TEXT_MAX);
		if (e)
			return err_in(e, "symbol %u of %u, at %#zx", l->count, t->count,
				      (size_t)(p - image->data));
		l->type[l->count] = text[0];
		l->name[l->count] = (uint32_t)l->text.size;
		buf_add(&l->text, text + 1, size);
		p += head + length;
	}
	return NULL;
}
