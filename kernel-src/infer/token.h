/* token: a word or a character of C, as a scanner remembers it until the statement or declaration ends. */
#ifndef KERNEL_SRC_INFER_TOKEN_H
#define KERNEL_SRC_INFER_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

enum token_kind {
	TOKEN_WORD,
	TOKEN_OPEN,    /* ( */
	TOKEN_CLOSE,   /* ) */
	TOKEN_STAR,
	TOKEN_COMMA,
	TOKEN_BRACKET, /* [ */
	TOKEN_COLON,
	TOKEN_ASSIGN,
	TOKEN_BODY,    /* braces with all that is in them */
	TOKEN_OTHER,
};

struct token {
	enum token_kind kind;
	int parens; /* open around it */
	const char *text;
	size_t size;
};

/* Whether it is this word. */
bool token_is(const struct token *t, const char *word);
/* Whether it is a word that begins so. */
bool token_starts(const struct token *t, const char *with);

#endif
