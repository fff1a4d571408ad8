#include "kernel-src/infer/token.h"

#include <string.h>

bool token_is(const struct token *t, const char *word)
{
	return t->kind == TOKEN_WORD && t->size == strlen(word) && !memcmp(t->text, word, t->size);
}

bool token_starts(const struct token *t, const char *with)
{
	return t->kind == TOKEN_WORD && t->size >= strlen(with) && !memcmp(t->text, with, strlen(with));
}
