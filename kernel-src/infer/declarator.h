/* declarator: the names that one declaration in a structure gives its members, by its tokens.
 *
 *	struct list_head *prev, *next;			prev next
 *	int (*open)(struct inode *);			open
 *	unsigned int on:1 __aligned(8);			on
 *	struct { int a; } name[2];			name; all in braces is one token, TOKEN_BODY
 */
#ifndef KERNEL_SRC_INFER_DECLARATOR_H
#define KERNEL_SRC_INFER_DECLARATOR_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel-src/infer/token.h"

#define DECLARATION_TOKENS_MAX 256
#define DECLARATORS_MAX 64

/* What was read of one so far. */
struct declaration {
	struct token tokens[DECLARATION_TOKENS_MAX];
	size_t count;
	int parens; /* open, brackets too */
	bool overflow;
};

struct declarators {
	const struct token *names[DECLARATORS_MAX];
	size_t count;
};

void declaration_clear(struct declaration *d);
void declaration_add(struct declaration *d, enum token_kind kind, const char *text, size_t size);
/* One character that is neither part of a word nor a brace or semicolon. */
void declaration_add_char(struct declaration *d, const char *at);

/* Reads the names. False: the declaration is not understood, or not for certain. True without
 * names: it is a TOKEN_BODY alone, whose members belong to the structure around it. */
bool declaration_read(const struct declaration *d, struct declarators *ret);

enum body_kind { BODY_OTHER, BODY_STRUCTURE /* or union */, BODY_ENUM };

/* What a brace behind the declaration opens. *tag: NULL, it has none. */
enum body_kind declaration_opens(const struct declaration *d, const struct token **tag, bool *is_typedef);

#endif
