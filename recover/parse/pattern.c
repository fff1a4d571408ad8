#include "recover/parse/pattern.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/alloc.h"
#include "base/cleanup.h"

#define STEPS_MAX 1000000

struct pattern {
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *context;
};

struct err *pattern_new(const char *regex, struct pattern **ret)
{
	CLEANUP(pattern_freep) struct pattern *p = xcalloc(1, sizeof(*p));
	PCRE2_SIZE offset;
	int number;

	p->code = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED, PCRE2_MULTILINE, &number,
				&offset, NULL);
	p->match = pcre2_match_data_create(PATTERN_GROUPS, NULL);
	p->context = pcre2_match_context_create(NULL);
	if (!p->code || !p->match || !p->context)
		return err_new(ERR_SYSTEM, "pattern \"%s\": cannot be compiled", regex);
	pcre2_set_match_limit(p->context, STEPS_MAX);
	pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE); /* if it fails, matching is only slower */
	*ret = TAKE(p);
	return NULL;
}

void pattern_free(struct pattern *p)
{
	if (!p)
		return;
	pcre2_match_context_free(p->context);
	pcre2_match_data_free(p->match);
	pcre2_code_free(p->code);
	free(p);
}

bool pattern_find(struct pattern *p, const char *text, size_t size, size_t start,
		  struct pattern_match *ret)
{
	int groups = pcre2_match(p->code, (PCRE2_SPTR)text, size, start, 0, p->match, p->context);
	const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(p->match);

	*ret = (struct pattern_match){ 0 };
	for (int i = 0; i < groups && i < PATTERN_GROUPS; i++) {
		if (ends[2 * i] == PCRE2_UNSET)
			continue;
		ret->group[i].text = text + ends[2 * i];
		ret->group[i].size = ends[2 * i + 1] - ends[2 * i];
	}
	return groups > 0;
}
