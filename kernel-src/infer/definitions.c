#include "kernel-src/infer/definitions.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "kernel-src/infer/c_text.h"

#define TOKENS_MAX 256

enum token_kind { TOKEN_WORD, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_ASSIGN, TOKEN_BRACKET, TOKEN_COMMA,
		  TOKEN_BODY, TOKEN_OTHER };

struct token {
	enum token_kind kind;
	int parens; /* open around it */
	const char *text;
	size_t size;
};

struct scanner {
	const char *at, *end;
	bool line_start;
	int braces, parens;
	/* of the statement being read, at no depth of braces */
	struct token tokens[TOKENS_MAX];
	size_t count;
	size_t stable; /* frames of stack that were there when it began, and still are */
	bool overflow;
	struct {
		int braces, parens;
	} saved[CONDITION_DEPTH_MAX]; /* where each #if began */
	struct condition_stack stack;
	struct buf *out;
};

static bool is(const struct token *t, const char *text)
{
	return t->kind == TOKEN_WORD && t->size == strlen(text) && !memcmp(t->text, text, t->size);
}

static bool starts(const struct token *t, const char *text)
{
	return t->kind == TOKEN_WORD && t->size >= strlen(text) &&
	       !memcmp(t->text, text, strlen(text));
}

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

static bool has_word(const struct scanner *s, const char *text)
{
	for (size_t i = 0; i < s->count; i++)
		if (!s->tokens[i].parens && is(&s->tokens[i], text))
			return true;
	return false;
}

static void emit(struct scanner *s, char kind, const char *prefix, const char *name, size_t size)
{
	CLEANUP(free_ptr) struct condition *c = xmalloc(sizeof(*c));

	condition_of_frames(&s->stack, kind == 'I' ? s->stack.depth : s->stable, c);
	for (size_t i = 0; i < c->count; i++)
		if (c->atoms[i].kind == ATOM_NEVER)
			return;
	buf_addf(s->out, "%c %s%.*s", kind, prefix, (int)size, name);
	condition_format(c, s->out);
	buf_add_char(s->out, '\n');
}

/* Macros whose group in front of a function's name belongs to its type. */
static bool is_attribute(const struct token *t)
{
	return starts(t, "__attribute") || starts(t, "__printf") || starts(t, "__section") ||
	       starts(t, "__aligned") || starts(t, "__scanf") || starts(t, "__alloc_size") ||
	       starts(t, "__assume_aligned") || starts(t, "__acquires") ||
	       starts(t, "__releases") || starts(t, "__must_hold") || starts(t, "noinline_if") ||
	       is(t, "__typeof__") || is(t, "typeof") || starts(t, "__no_") ||
	       starts(t, "__bpf") || is(t, "__diag_push");
}

static bool is_macro_name(const struct token *t)
{
	for (size_t i = 0; i < t->size; i++)
		if (islower((unsigned char)t->text[i]))
			return false;
	return true;
}

/* A `{` behind the statement: the body of a function? */
static bool take_function(struct scanner *s)
{
	size_t i = 0;
	const struct token *name = NULL;

	for (; i + 1 < s->count; i++) {
		name = &s->tokens[i];
		if (name->parens)
			continue;
		if (name->kind == TOKEN_ASSIGN)
			return false;
		if (name->kind == TOKEN_WORD && s->tokens[i + 1].kind == TOKEN_OPEN &&
		    !is_attribute(name))
			break;
	}
	if (i + 1 >= s->count || s->overflow)
		return false;
	if (starts(name, "SYSCALL_DEFINE")) {
		if (i + 2 < s->count && s->tokens[i + 2].kind == TOKEN_WORD)
			emit(s, 'T', "sys_", s->tokens[i + 2].text, s->tokens[i + 2].size);
		return true;
	}
	if (is_macro_name(name) || has_word(s, "inline") || has_word(s, "__always_inline") ||
	    has_word(s, "__inline") || has_word(s, "__inline__"))
		return true;
	emit(s, has_word(s, "static") ? 't' : has_word(s, "__weak") ? 'W' : 'T', "", name->text,
	     name->size);
	return true;
}

/* A `;`: the definition of a variable? */
static void take_variable(struct scanner *s)
{
	const struct token *name = NULL;
	size_t words = 0;
	bool body = false;

	if (s->overflow || !s->count || has_word(s, "typedef") || has_word(s, "extern"))
		return;
	if (starts(&s->tokens[0], "DEFINE_PER_CPU") ||
	    (s->count > 1 && is(&s->tokens[0], "static") && starts(&s->tokens[1], "DEFINE_PER_CPU"))) {
		for (size_t i = s->count; i-- > 1 && !name;)
			if (s->tokens[i].kind == TOKEN_WORD && s->tokens[i].parens == 1 &&
			    s->tokens[i - 1].kind == TOKEN_COMMA)
				name = &s->tokens[i];
		if (name)
			emit(s, is(&s->tokens[0], "static") ? 'd' : 'D', "", name->text, name->size);
		return;
	}
	for (size_t i = 0; i < s->count; i++) {
		const struct token *t = &s->tokens[i];

		if (t->kind == TOKEN_ASSIGN || t->kind == TOKEN_BRACKET)
			break;
		if (t->kind == TOKEN_OPEN && name && !is_attribute(name))
			return; /* a prototype, or a macro */
		if (t->kind == TOKEN_COMMA && !t->parens)
			return;
		body |= t->kind == TOKEN_BODY;
		if (t->kind == TOKEN_WORD && !t->parens && !starts(t, "__")) {
			name = t;
			words += !is(t, "struct") && !is(t, "union") && !is(t, "enum");
		}
	}
	if (name && words >= 2 && !body && !is_macro_name(name) && !has_word(s, "struct_group") &&
	    !is(name, "const") && !is(name, "inline"))
		emit(s, has_word(s, "static") ? 'd' : 'D', "", name->text, name->size);
}

/* A C file that includes another one: kernel/sched/build_utility.c. */
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

/* The branches of a conditional begin at the same depth; the first one's end counts. What began outside of it is
 * defined in either: `int x =` and a number in each branch. */
static void take_directive(struct scanner *s)
{
	CLEANUP(buf_deinit) struct buf line = BUF_INIT;
	size_t depth = s->stack.depth;

	s->at = c_text_directive(s->at, s->end, &line);
	switch (condition_directive(&s->stack, buf_str(&line), line.size)) {
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
		add_token(s, TOKEN_BODY, s->at, 1);
}

static void close_brace(struct scanner *s)
{
	if (s->line_start)
		s->braces = 1; /* in the first column: of the outermost */
	if (s->braces > 0)
		s->braces--;
}

static void take_char(struct scanner *s)
{
	char c = *s->at;
	bool outer = s->braces == 0;

	if (isalnum((unsigned char)c) || c == '_') {
		const char *start = s->at;

		while (s->at < s->end && (isalnum((unsigned char)*s->at) || *s->at == '_'))
			s->at++;
		if (outer)
			add_token(s, isdigit((unsigned char)*start) ? TOKEN_OTHER : TOKEN_WORD,
				  start, (size_t)(s->at - start));
		return;
	}
	if (c == '{')
		open_brace(s);
	else if (c == '}')
		close_brace(s);
	else if (outer && c == ';' && !s->parens) {
		take_variable(s);
		end_statement(s);
	} else if (outer && c == '(') {
		add_token(s, TOKEN_OPEN, s->at, 1);
		s->parens++;
	} else if (outer && c == ')') {
		s->parens -= s->parens > 0;
		add_token(s, TOKEN_CLOSE, s->at, 1);
	} else if (outer && !isspace((unsigned char)c)) {
		add_token(s, c == '=' ? TOKEN_ASSIGN : c == '[' ? TOKEN_BRACKET :
			     c == ',' ? TOKEN_COMMA : TOKEN_OTHER, s->at, 1);
	}
	s->at++;
}

void definitions_scan(const char *path, const char *text, size_t size, struct buf *b)
{
	CLEANUP(free_ptr) struct scanner *s = xcalloc(1, sizeof(*s));

	s->at = text;
	s->end = text + size;
	s->line_start = true;
	s->out = b;
	buf_addf(b, "F %s\n", path);
	while (s->at < s->end) {
		const char *behind;
		char c = *s->at;

		if (c == '\n') {
			s->line_start = true;
			s->at++;
			continue;
		}
		if (c == '#' && (s->line_start || isspace((unsigned char)s->at[-1]))) {
			take_directive(s);
			continue;
		}
		behind = c_text_skip(s->at, s->end);
		if (behind > s->at)
			s->at = behind;
		else
			take_char(s);
		s->line_start = false;
	}
}
