#include "kernel-src/infer/declarator.h"

#include <ctype.h>
#include <string.h>

/* struct_group(NAME, members) makes members of the structure around it. Returns how many arguments stand in
 * front of the members; 0: this is no such macro. */
static int group_arguments(const struct token *t)
{
	static const struct {
		const char *macro;
		int arguments;
	} groups[] = {
		{ "struct_group", 1 }, { "struct_group_attr", 2 }, { "struct_group_tagged", 2 },
		{ "__struct_group", 3 },
	};

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (token_is(t, groups[i].macro))
			return groups[i].arguments;
	return 0;
}

/* Forgets the beginning of a group when its members come next. */
static void open_group(struct declaration *d)
{
	int commas = 0;

	if (d->count < 2 || d->tokens[1].kind != TOKEN_OPEN || !group_arguments(d->tokens))
		return;
	for (size_t i = 2; i < d->count; i++)
		commas += d->tokens[i].kind == TOKEN_COMMA && d->tokens[i].parens == 1;
	if (commas == group_arguments(d->tokens)) {
		d->count = 0;
		d->parens = 0;
	}
}

void declaration_clear(struct declaration *d)
{
	d->count = 0;
	d->parens = 0;
	d->overflow = false;
}

void declaration_add(struct declaration *d, enum token_kind kind, const char *text, size_t size)
{
	if (d->count == DECLARATION_TOKENS_MAX) {
		d->overflow = true;
		return;
	}
	d->tokens[d->count++] = (struct token){ kind, d->parens, text, size };
}

void declaration_add_char(struct declaration *d, const char *at)
{
	switch (*at) {
	case '(':
	case '[':
		declaration_add(d, *at == '(' ? TOKEN_OPEN : TOKEN_BRACKET, at, 1);
		d->parens++;
		return;
	case ')':
	case ']':
		if (!d->parens && !d->count)
			return; /* the end of a group */
		d->parens -= d->parens > 0;
		declaration_add(d, TOKEN_CLOSE, at, 1);
		return;
	case '*':
		declaration_add(d, TOKEN_STAR, at, 1);
		return;
	case ',':
		declaration_add(d, TOKEN_COMMA, at, 1);
		open_group(d);
		return;
	case ':':
		declaration_add(d, TOKEN_COLON, at, 1);
		return;
	case '=':
		declaration_add(d, TOKEN_ASSIGN, at, 1);
		return;
	default:
		declaration_add(d, TOKEN_OTHER, at, 1);
	}
}

/* Whether a word can be the name of a member: no keyword, no macro. */
static bool is_name(const struct token *t)
{
	static const char *const keywords[] = {
		"int",	    "long",   "short", "char", "unsigned", "signed", "const",
		"volatile", "struct", "union", "enum", "bool",	   "float",  "double",
	};
	bool lower = false;

	for (size_t i = 0; i < t->size; i++)
		lower |= islower((unsigned char)t->text[i]) != 0;
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (token_is(t, keywords[i]))
			return false;
	return lower && !token_starts(t, "__");
}

/* The token that closes what the token `open` opens, or `to`. */
static size_t group_end(const struct declaration *d, size_t open, size_t to)
{
	const struct token *t = d->tokens;
	size_t i = open + 1;

	while (i < to && !(t[i].kind == TOKEN_CLOSE && t[i].parens == t[open].parens))
		i++;
	return i;
}

/* The name in `(*name)(...)`, `(*name[2])(...)`. */
static const struct token *pointer_name(const struct declaration *d, size_t open, size_t to)
{
	const struct token *name = NULL;

	to = group_end(d, open, to);
	for (size_t i = open + 1; i < to; i++) {
		const struct token *t = &d->tokens[i];

		if (t->parens > d->tokens[open].parens + 1 || t->kind == TOKEN_BRACKET ||
		    (t->kind == TOKEN_CLOSE && name))
			continue;
		if (t->kind != TOKEN_WORD && t->kind != TOKEN_STAR)
			return NULL;
		if (t->kind == TOKEN_WORD)
			name = t;
	}
	return name && is_name(name) ? name : NULL;
}

/* The name in the declarator [from, to); needed: how many words it must have. NULL: not understood. */
static const struct token *read_declarator(const struct declaration *d, size_t from, size_t to,
					   size_t needed)
{
	const struct token *name = NULL;
	size_t words = 0;

	for (size_t i = from; i < to; i++) {
		const struct token *t = &d->tokens[i];

		if (t->kind == TOKEN_BRACKET || t->kind == TOKEN_COLON)
			break;
		if (t->kind == TOKEN_OPEN) {
			const struct token *star = i + 2 < to && token_starts(&t[1], "__") ? &t[2] : &t[1];

			return i + 1 < to && star->kind == TOKEN_STAR ? pointer_name(d, i, to) : NULL;
		}
		if (token_starts(t, "__") && i + 1 < to && t[1].kind == TOKEN_OPEN) {
			i = group_end(d, i + 1, to);
		} else if (t->kind == TOKEN_WORD && !token_starts(t, "____")) {
			name = t;
			words++;
		} else if (t->kind != TOKEN_STAR && t->kind != TOKEN_WORD) {
			return NULL;
		}
	}
	return name && words >= needed && is_name(name) ? name : NULL;
}

/* Whether only words such as `__packed` and `__aligned(8)` follow. */
static bool is_attributes(const struct declaration *d, size_t from)
{
	for (size_t i = from; i < d->count; i++) {
		if (!token_starts(&d->tokens[i], "__"))
			return false;
		if (i + 1 < d->count && d->tokens[i + 1].kind == TOKEN_OPEN)
			i = group_end(d, i + 1, d->count);
	}
	return true;
}

static bool is_struct_word(const struct token *t)
{
	return token_is(t, "struct") || token_is(t, "union") || token_is(t, "enum");
}

/* How many words the first declarator has with its type: `int a`, `struct b c`; one behind a body. */
static size_t words_needed(const struct declaration *d, bool body)
{
	for (size_t i = 0; i < d->count; i++)
		if (!d->tokens[i].parens && is_struct_word(&d->tokens[i]))
			return 3;
	return body ? 1 : 2;
}

bool declaration_read(const struct declaration *d, struct declarators *ret)
{
	bool body = d->count && d->tokens[0].kind == TOKEN_BODY;
	size_t from = body, needed;

	ret->count = 0;
	if (d->overflow || d->parens || !d->count)
		return false;
	if (body && is_attributes(d, 1))
		return true;
	needed = words_needed(d, body);
	for (size_t i = from; i <= d->count; i++) {
		const struct token *name;

		if (i < d->count && (d->tokens[i].kind != TOKEN_COMMA || d->tokens[i].parens))
			continue;
		name = read_declarator(d, from, i, needed);
		if (!name || ret->count == DECLARATORS_MAX)
			return false;
		ret->names[ret->count++] = name;
		from = i + 1;
		needed = 1;
	}
	return true;
}

/* The tag in `context_lock_struct(mutex) {`, which makes `struct mutex {`; NULL: no such macro. */
static const struct token *macro_tag(const struct declaration *d, bool is_typedef)
{
	static const char suffix[] = "_struct";
	const struct token *t = d->tokens + is_typedef;
	size_t size = sizeof(suffix) - 1;

	if (d->count != is_typedef + 4u || t[0].kind != TOKEN_WORD || t[1].kind != TOKEN_OPEN ||
	    t[2].kind != TOKEN_WORD || t[3].kind != TOKEN_CLOSE)
		return NULL;
	if (t[0].size <= size || memcmp(t[0].text + t[0].size - size, suffix, size) != 0)
		return NULL;
	return &t[2];
}

enum body_kind declaration_opens(const struct declaration *d, const struct token **tag, bool *is_typedef)
{
	size_t i = d->count;
	enum body_kind kind;

	*is_typedef = d->count && token_is(&d->tokens[0], "typedef");
	*tag = macro_tag(d, *is_typedef);
	if (*tag)
		return BODY_STRUCTURE;
	while (i-- > 0)
		if (is_struct_word(&d->tokens[i]))
			break;
	if (i >= d->count || d->tokens[i].parens)
		return BODY_OTHER;
	kind = token_is(&d->tokens[i], "enum") ? BODY_ENUM : BODY_STRUCTURE;
	for (i++; i < d->count; i++) {
		const struct token *t = &d->tokens[i];

		if (t->kind != TOKEN_WORD)
			return BODY_OTHER;
		if (token_starts(t, "__") && i + 1 < d->count && t[1].kind == TOKEN_OPEN)
			i = group_end(d, i + 1, d->count);
		else if (*tag && !token_starts(t, "__"))
			return BODY_OTHER;
		else if (!*tag && (!token_starts(t, "__") || i + 1 == d->count))
			*tag = t;
	}
	return kind;
}
