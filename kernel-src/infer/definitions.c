#include "kernel-src/infer/definitions.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "kernel-src/infer/c_text.h"
#include "kernel-src/infer/directive.h"
#include "kernel-src/infer/token.h"

#define TOKENS_MAX 256

struct scanner {
	struct c_text text;
	int braces, parens;
	/* of the statement being read, outside of all braces */
	struct token tokens[TOKENS_MAX];
	size_t count;
	size_t stable; /* frames of stack that were there when it began, and still are */
	bool overflow;
	struct {
		int braces, parens;
	} saved[CONDITION_DEPTH_MAX]; /* what was open where each #if began */
	struct condition_stack stack;
	struct buf *out;
};

static void add_token(struct scanner *s, enum token_kind kind, const char *text, size_t size)
{
	if (!s->count)
		s->stable = s->stack.depth;
	if (s->count == TOKENS_MAX) {
		s->overflow = true;
		return;
	}
	s->tokens[s->count++] = (struct token){ kind, s->parens, text, size };
}

static void end_statement(struct scanner *s)
{
	s->count = 0;
	s->overflow = false;
	s->parens = 0;
}

/* Outside of parentheses. */
static bool has_word(const struct scanner *s, const char *text)
{
	for (size_t i = 0; i < s->count; i++)
		if (!s->tokens[i].parens && token_is(&s->tokens[i], text))
			return true;
	return false;
}

/* Writes a line of definitions.h. */
static void emit(struct scanner *s, char kind, const char *prefix, const char *name, size_t size)
{
	CLEANUP(free_ptr) struct condition *c = xmalloc(sizeof(*c));

	condition_of_frames(&s->stack, kind == 'I' ? s->stack.depth : s->stable, c);
	if (condition_is_never(c))
		return;
	buf_addf(s->out, "%c %s%.*s", kind, prefix, (int)size, name);
	condition_format(c, s->out);
	buf_add_char(s->out, '\n');
}

/* Macros whose group in front of a function's name belongs to its type. */
static bool is_attribute(const struct token *t)
{
	static const char *const prefixes[] = {
		"__attribute", "__printf", "__section", "__aligned", "__scanf", "__alloc_size",
		"__assume_aligned", "__acquires", "__releases", "__must_hold", "noinline_if", "__no_",
		"__bpf",
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (token_starts(t, prefixes[i]))
			return true;
	return token_is(t, "__typeof__") || token_is(t, "typeof") || token_is(t, "__diag_push");
}

static bool is_macro_name(const struct token *t)
{
	for (size_t i = 0; i < t->size; i++)
		if (islower((unsigned char)t->text[i]))
			return false;
	return true;
}

/* The name of the function, of which parameters follow; NULL: the statement is none. */
static const struct token *function_name(const struct scanner *s)
{
	for (size_t i = 0; i + 1 < s->count; i++) {
		const struct token *t = &s->tokens[i];

		if (t->parens)
			continue;
		if (t->kind == TOKEN_ASSIGN)
			return NULL;
		if (t->kind == TOKEN_WORD && t[1].kind == TOKEN_OPEN && !is_attribute(t))
			return t;
	}
	return NULL;
}

/* A `{` comes behind the statement. Returns whether it begins the body of a function. */
static bool take_function(struct scanner *s)
{
	const struct token *name = function_name(s), *last = s->tokens + s->count;

	if (!name || s->overflow)
		return false;
	if (token_starts(name, "SYSCALL_DEFINE")) {
		if (name + 2 < last && name[2].kind == TOKEN_WORD)
			emit(s, 'T', "sys_", name[2].text, name[2].size);
		return true;
	}
	if (is_macro_name(name) || has_word(s, "inline") || has_word(s, "__always_inline") ||
	    has_word(s, "__inline") || has_word(s, "__inline__"))
		return true;
	emit(s, has_word(s, "static") ? 't' : has_word(s, "__weak") ? 'W' : 'T', "", name->text,
	     name->size);
	return true;
}

/* `DEFINE_PER_CPU(type, name)`, whose name is the last argument. False: another statement. */
static bool take_per_cpu(struct scanner *s)
{
	bool is_static = token_is(&s->tokens[0], "static");
	size_t first = is_static && s->count > 1;

	if (!token_starts(&s->tokens[first], "DEFINE_PER_CPU"))
		return false;
	for (size_t i = s->count; i-- > 1;) {
		const struct token *t = &s->tokens[i];

		if (t->kind == TOKEN_WORD && t->parens == 1 && t[-1].kind == TOKEN_COMMA) {
			emit(s, is_static ? 'd' : 'D', "", t->text, t->size);
			break;
		}
	}
	return true;
}

/* The name of the one variable that the statement declares with its type; NULL: it declares none, or it is
 * a prototype, a macro, a list of variables. */
static const struct token *variable_name(const struct scanner *s)
{
	const struct token *name = NULL;
	size_t words = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct token *t = &s->tokens[i];

		if (t->kind == TOKEN_ASSIGN || t->kind == TOKEN_BRACKET)
			break;
		if ((t->kind == TOKEN_OPEN && name && !is_attribute(name)) ||
		    (t->kind == TOKEN_COMMA && !t->parens) || t->kind == TOKEN_BODY)
			return NULL;
		if (t->kind == TOKEN_WORD && !t->parens && !token_starts(t, "__")) {
			name = t;
			words += !token_is(t, "struct") && !token_is(t, "union") && !token_is(t, "enum");
		}
	}
	return words >= 2 ? name : NULL;
}

/* A `;` comes behind the statement, which may define a variable. */
static void take_variable(struct scanner *s)
{
	const struct token *name;

	if (s->overflow || !s->count || has_word(s, "typedef") || has_word(s, "extern") || take_per_cpu(s))
		return;
	name = variable_name(s);
	if (name && !is_macro_name(name) && !has_word(s, "struct_group") && !token_is(name, "const") &&
	    !token_is(name, "inline"))
		emit(s, has_word(s, "static") ? 'd' : 'D', "", name->text, name->size);
}

/* An include of a C file, which is compiled as a part of this one: kernel/sched/build_utility.c. */
static void take_include(struct scanner *s, const char *line)
{
	const char *start, *end;

	line += strspn(line, " \t");
	if (strncmp(line, "include", 7) || !(start = strchr(line, '"')) ||
	    !(end = strchr(++start, '"')) || end - start < 3 || memcmp(end - 2, ".c", 2) ||
	    memchr(start, ' ', (size_t)(end - start)))
		return;
	emit(s, 'I', "", start, (size_t)(end - start));
}

/* All branches of a conditional begin at the depth of braces that its #if stands at; the depth at
 * the end of the last one counts behind it. A statement that begins in front of the conditional is
 * defined in either branch: `int x =` and a number in each. */
static void take_directive(struct scanner *s)
{
	CLEANUP(buf_deinit) struct buf line = BUF_INIT;
	size_t depth = s->stack.depth;

	c_text_directive(&s->text, &line);
	switch (directive_apply(&s->stack, buf_str(&line), line.size)) {
	case DIRECTIVE_IF:
		if (depth < CONDITION_DEPTH_MAX) {
			s->saved[depth].braces = s->braces;
			s->saved[depth].parens = s->parens;
		}
		break;
	case DIRECTIVE_ENDIF:
		if (s->stable > s->stack.depth)
			s->stable = s->stack.depth;
		break;
	case DIRECTIVE_ELSE:
		if (s->stable >= depth)
			s->stable = depth ? depth - 1 : 0;
		if (depth && depth <= CONDITION_DEPTH_MAX) {
			s->braces = s->saved[depth - 1].braces;
			s->parens = s->saved[depth - 1].parens;
		}
		break;
	default:
		take_include(s, buf_str(&line));
	}
}

static void open_brace(struct scanner *s)
{
	if (s->braces++ == 0 && take_function(s)) {
		end_statement(s);
		return;
	}
	if (s->braces == 1)
		add_token(s, TOKEN_BODY, s->text.at, 1);
}

static void close_brace(struct scanner *s)
{
	if (s->text.line_start)
		s->braces = 1; /* in the first column: the outermost ends */
	if (s->braces > 0)
		s->braces--;
}

/* A character outside of braces that is no brace. */
static void take_outer_char(struct scanner *s)
{
	const char *at = s->text.at;

	switch (*at) {
	case ';':
		if (s->parens) {
			add_token(s, TOKEN_OTHER, at, 1);
			return;
		}
		take_variable(s);
		end_statement(s);
		return;
	case '(':
		add_token(s, TOKEN_OPEN, at, 1);
		s->parens++;
		return;
	case ')':
		s->parens -= s->parens > 0;
		add_token(s, TOKEN_CLOSE, at, 1);
		return;
	case '=':
		add_token(s, TOKEN_ASSIGN, at, 1);
		return;
	case '[':
		add_token(s, TOKEN_BRACKET, at, 1);
		return;
	case ',':
		add_token(s, TOKEN_COMMA, at, 1);
		return;
	default:
		if (!isspace((unsigned char)*at))
			add_token(s, TOKEN_OTHER, at, 1);
	}
}

static void take_code(struct scanner *s)
{
	const char *start = s->text.at;
	bool outer = s->braces == 0;
	size_t size = c_text_word(&s->text);

	if (size) {
		if (outer)
			add_token(s, isdigit((unsigned char)*start) ? TOKEN_OTHER : TOKEN_WORD, start,
				  size);
		return;
	}
	if (*start == '{')
		open_brace(s);
	else if (*start == '}')
		close_brace(s);
	else if (outer)
		take_outer_char(s);
	c_text_pass(&s->text);
}

void definitions_scan(const char *path, const char *text, size_t size, struct buf *b)
{
	CLEANUP(free_ptr) struct scanner *s = xcalloc(1, sizeof(*s));
	enum c_text_kind kind;

	s->text = c_text_of(text, size);
	s->out = b;
	buf_addf(b, "F %s\n", path);
	while ((kind = c_text_next(&s->text)) != C_TEXT_END) {
		if (kind == C_TEXT_DIRECTIVE)
			take_directive(s);
		else
			take_code(s);
	}
}
