#include "walker/cmd/order.h"

#include <string.h>

#include "base/alloc.h"
#include "base/vec.h"

void order_deinit(struct order *o)
{
	free(o->keys);
	buf_deinit(&o->text);
}

void order_clear(struct order *o)
{
	o->text.size = o->next.text;
	o->next.size = 0;
	o->next.number = 0;
}

void order_number(struct order *o, uint64_t number)
{
	o->next.number = number;
}

void order_text(struct order *o, const void *bytes, size_t size)
{
	buf_add(&o->text, bytes, size);
	o->next.size += size;
}

void order_end(struct order *o, bool set)
{
	o->next.set = set;
	*vec_add(o->keys, o->count, o->capacity) = o->next;
	o->next = (struct order_key){ .text = o->text.size };
}

static int compare_text(const struct order *o, const struct order_key *a, const struct order_key *b)
{
	const char *text = buf_str(&o->text);
	size_t size = a->size < b->size ? a->size : b->size;
	int sign = memcmp(text + a->text, text + b->text, size);

	return sign ? sign : (a->size > b->size) - (a->size < b->size);
}

static int compare(const void *left, const void *right, void *arg)
{
	const struct order *o = arg;
	size_t i = *(const size_t *)left, k = *(const size_t *)right;
	const struct order_key *a = &o->keys[i], *b = &o->keys[k];
	int sign = (a->number > b->number) - (a->number < b->number);

	if (a->set != b->set)
		return a->set ? -1 : 1;
	if (!sign)
		sign = compare_text(o, a, b);
	if (!sign)
		return (i > k) - (i < k);
	return o->descending ? -sign : sign;
}

size_t *order_rows(const struct order *o)
{
	size_t *rows = xcalloc(o->count, sizeof(*rows));

	for (size_t i = 0; i < o->count; i++)
		rows[i] = i;
	qsort_r(rows, o->count, sizeof(*rows), compare, (void *)(uintptr_t)o);
	return rows;
}
