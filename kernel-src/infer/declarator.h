/* declarator: the names that one declaration in a structure gives its members, by its tokens.
 *
 *	struct list_head *prev, *next;			prev next
 *	int (*open)(struct inode *);			open
 *	unsigned int on:1 __aligned(8);			on
 *	struct { int a; } name[2];			name; the braces with all in them are one token, TOKEN_BODY
 */
#ifndef KERNEL_SRC_INFER_DECLARATOR_H
#define KERNEL_SRC_INFER_DECLARATOR_H

#include <stdbool.h>
#include <stddef.h>

#define DECLARATION_TOKENS_MAX 256
#define DECLARATORS_MAX 64

struct token {
	enum token_kind { TOKEN_WORD, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_STAR, TOKEN_COMMA, TOKEN_BRACKET, TOKEN_COLON,
			  TOKEN_ASSIGN, TOKEN_BODY, TOKEN_OTHER } kind;
	int parens; /* open around it, brackets too */
	const char *text;
	size_t size;
};

struct declaration {
	struct token tokens[DECLARATION_TOKENS_MAX];
	size_t count;
	int parens;
	bool overflow;
};

struct declarators {
	const struct token *names[DECLARATORS_MAX];
	size_t count;
};

void declaration_add(struct declaration *d, enum token_kind kind, const char *text, size_t size);
/* One character that is neither part of a word nor a brace or semicolon. */
void declaration_add_char(struct declaration *d, const char *at);

/* Whether this is certain. No names and true: a TOKEN_BODY alone, whose members belong to what is around it. */
bool declaration_read(const struct declaration *d, struct declarators *ret);

/* What a brace behind it opens: 's' structure or union, 'e' enum, 0 anything else. *tag: NULL, it has none. */
char declaration_opens(const struct declaration *d, const struct token **tag, bool *is_typedef);

#endif
