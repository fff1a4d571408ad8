/* directive: what the preprocessor lines of the kernel's source say about options.
 *
 * We read expressions as far as they are about options: defined(CONFIG_X), IS_ENABLED(CONFIG_X), `!`,
 * `&&`, `||`. Any other operand may be true or false. Macros are not expanded, but for the few that have
 * one value in everything a kernel image is compiled of.
 */
#ifndef KERNEL_SRC_INFER_DIRECTIVE_H
#define KERNEL_SRC_INFER_DIRECTIVE_H

#include "kernel-src/infer/condition.h"

/* What holds where the expression behind #if does (yes), and where it does not (no).
 * text: one line, without comments and continuations. */
void directive_parse(const char *text, size_t size, struct condition *yes, struct condition *no);

enum directive { DIRECTIVE_NONE, DIRECTIVE_IF, DIRECTIVE_ELSE, DIRECTIVE_ENDIF };

/* Applies a preprocessor line, from behind its `#`, to s, and says what it was. DIRECTIVE_ELSE: `#elif`
 * too. DIRECTIVE_NONE: no conditional. */
enum directive directive_apply(struct condition_stack *s, const char *text, size_t size);

#endif
