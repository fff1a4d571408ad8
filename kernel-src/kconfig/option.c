#include "kernel-src/kconfig/option.h"

#include <string.h>

#include "base/alloc.h"

#define STRING_MAX 1024

struct kconfig *kconfig_new(void)
{
	return xcalloc(1, sizeof(struct kconfig));
}

static void option_deinit(void *element)
{
	free(((struct kconfig_option *)element)->properties);
}

void kconfig_free(struct kconfig *k)
{
	if (!k)
		return;
	table_deinit(&k->options, option_deinit);
	expr_pool_deinit(&k->pool);
	free(k->choices);
	free(k);
}

const struct kconfig_option *kconfig_find(const struct kconfig *k, const char *name, size_t size)
{
	return table_find(&k->options, name, size);
}

struct kconfig_option *kconfig_option_get(struct kconfig *k, const char *name, size_t size)
{
	size_t before = k->options.count;
	struct kconfig_option *o = table_get(&k->options, name, size, sizeof(*o));

	if (k->options.count > before)
		o->index = (uint32_t)before;
	return o;
}

unsigned int kconfig_types(const struct kconfig *k, const char *name, size_t size)
{
	const struct kconfig_option *option = kconfig_find(k, name, size);

	return option ? option->types : 0;
}

bool kconfig_has_prompt(const struct kconfig *k, const char *name, size_t size)
{
	const struct kconfig_option *option = kconfig_find(k, name, size);

	return option && option->prompt;
}

size_t kconfig_count(const struct kconfig *k)
{
	return k->defined;
}

size_t kconfig_mentioned(const struct kconfig *k)
{
	return k->options.count;
}

const struct kconfig_option *kconfig_option(const struct kconfig *k, size_t index)
{
	return k->options.list[index];
}

const struct kconfig_choice *kconfig_choice(const struct kconfig *k, size_t index)
{
	return index && index < k->choice_count ? &k->choices[index] : NULL;
}

/* --- values ------------------------------------------------------------------ */

bool kconfig_only(const char *text, size_t size, const char *alphabet)
{
	for (size_t i = 0; i < size; i++)
		if (!text[i] || !strchr(alphabet, text[i]))
			return false;
	return true;
}

static bool is_string(const char *value, size_t size)
{
	return size >= 2 && size <= STRING_MAX && value[0] == '"' && value[size - 1] == '"' &&
	       kconfig_only(value + 1, size - 2,
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _.,:/+@%=~^-");
}

static bool is_int(const char *value, size_t size)
{
	size_t sign = size && value[0] == '-';

	return size > sign && size - sign <= 20 && kconfig_only(value + sign, size - sign, "0123456789");
}

static bool is_hex(const char *value, size_t size)
{
	size_t prefix = size > 2 && value[0] == '0' && (value[1] == 'x' || value[1] == 'X') ? 2 : 0;

	return size > prefix && size - prefix <= 16 &&
	       kconfig_only(value + prefix, size - prefix, "0123456789abcdefABCDEF");
}

const char *kconfig_value_fault(unsigned int types, const char *value, size_t size)
{
	if ((types & KCONFIG_BOOL) && size == 1 && kconfig_only(value, size, "yn"))
		return NULL;
	if ((types & KCONFIG_TRISTATE) && size == 1 && kconfig_only(value, size, "ymn"))
		return NULL;
	if ((types & KCONFIG_INT) && is_int(value, size))
		return NULL;
	if ((types & KCONFIG_HEX) && is_hex(value, size))
		return NULL;
	if (types & KCONFIG_STRING)
		return is_string(value, size) ? NULL : "not a plain quoted string";
	if (types & (KCONFIG_INT | KCONFIG_HEX))
		return "not a number";
	return types & KCONFIG_TRISTATE ? "not y, m or n" : "not y or n";
}
