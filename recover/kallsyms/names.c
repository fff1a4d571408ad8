/* Names and types, put together from tokens. */
#include <string.h>

#include "base/alloc.h"
#include "base/view.h"
#include "recover/kallsyms/tables.h"

#define TEXT_MAX (UINT32_C(64) << 20) /* bytes of all names; 94,266 symbols have 2.4 MB */

#define SHORT 8u /* most tokens are no longer; a copy of constant size costs less than memcpy() */

struct token {
	const uint8_t *text;
	size_t size;
	uint8_t head[SHORT]; /* the first bytes of text */
	bool plain;	     /* only bytes that a name may have */
};

struct alphabet {
	struct token token[KALLSYMS_TOKENS];
	uint8_t self[KALLSYMS_TOKENS]; /* without compression a byte stands for itself */
};

static bool is_plain(const uint8_t *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return true;
}

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
		memset(a->token[i].head, 0, SHORT);
		memcpy(a->token[i].head, a->token[i].text,
		       a->token[i].size < SHORT ? a->token[i].size : SHORT);
		a->token[i].plain = is_plain(a->token[i].text, a->token[i].size);
	}
}

/* Writes the LENGTH tokens at p as a string; *size does not count its NUL. *plain: all its bytes are
 * ones that a name may have, so that check() need not look at them. */
static struct err *expand(const struct alphabet *a, const uint8_t *p, size_t length,
			  char text[KALLSYMS_NAME_MAX + SHORT], size_t *size, bool *plain)
{
	size_t at = 0;
	bool all = true;

	for (size_t i = 0; i < length; i++) {
		const struct token *token = &a->token[p[i]];

		if (token->size > KALLSYMS_NAME_MAX - at)
			return err_new(ERR_DATA, "longer than %u characters", KALLSYMS_NAME_MAX);
		if (token->size <= SHORT)
			memcpy(text + at, token->head, SHORT);
		else
			memcpy(text + at, token->text, token->size);
		at += token->size;
		all &= token->plain;
	}
	text[at] = '\0';
	*size = at;
	*plain = all;
	return NULL;
}

static struct err *check(const struct kallsyms_list *l, const char *text, size_t size, bool plain)
{
	char type = text[0];

	if (size < 2)
		return err_new(ERR_DATA, "no name");
	if (!(type >= 'A' && type <= 'Z') && !(type >= 'a' && type <= 'z') && type != '?')
		return err_new(ERR_DATA, "type 0x%02x is no letter", (unsigned char)type);
	for (size_t i = 1; !plain && i < size; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return err_new(ERR_DATA, "byte 0x%02x in the name",
				       (unsigned char)text[i]);
	if (l->text.size + size > TEXT_MAX)
		return err_new(ERR_DATA, "more than %u bytes of names", TEXT_MAX);
	return NULL;
}

void kallsyms_list_deinit(struct kallsyms_list *l)
{
	free(l->address);
	free(l->type);
	free(l->name);
	buf_deinit(&l->text);
}

/* Notes the first symbol of either name. */
static void note_landmark(struct kallsyms_list *l, const char *name, size_t size)
{
	if (size == 12 && !memcmp(name, "linux_banner", 12) && l->banner > l->count)
		l->banner = l->count;
	if (size == 5 && !memcmp(name, "_text", 5) && l->start > l->count)
		l->start = l->count;
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
	l->banner = l->start = t->count;
	for (l->count = 0; l->count < t->count; l->count++) {
		char text[KALLSYMS_NAME_MAX + SHORT];
		bool plain = false;
		size_t length, size = 0, head = kallsyms_length(p, (size_t)(end - p), &length);
		struct err *e;

		if (!head || length > (size_t)(end - p) - head)
			return err_new(ERR_DATA, "symbol %u of %u runs into the markers",
				       l->count, t->count);
		e = expand(&a, p + head, length, text, &size, &plain);
		if (!e)
			e = check(l, text, size, plain);
		if (e)
			return err_in(e, "symbol %u of %u, at %#zx", l->count, t->count,
				      (size_t)(p - image->data));
		l->type[l->count] = text[0];
		l->name[l->count] = (uint32_t)l->text.size;
		note_landmark(l, text + 1, size - 1);
		buf_add(&l->text, text + 1, size);
		p += head + length;
	}
	return NULL;
}
