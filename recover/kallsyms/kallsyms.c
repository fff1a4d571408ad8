#include "recover/kallsyms/kallsyms.h"

#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/map.h"
#include "recover/kallsyms/tables.h"

#define IMAGE_MAX (UINT32_C(256) << 20)
#define NONE UINT32_MAX
#define HASH_VALUES 16384 /* that names are spread over */

struct kallsyms {
	struct kallsyms_list list; /* by address */
	struct kallsyms_tables tables;
	const char *formula;
	size_t addresses; /* offset of their table in the image */
	struct map by_name; /* hash of a name: the first symbol with this hash */
	uint32_t *next;	    /* of each symbol the next one with its hash, or NONE */
};

void kallsyms_free(struct kallsyms *k)
{
	if (!k)
		return;
	kallsyms_list_deinit(&k->list);
	map_deinit(&k->by_name);
	free(k->next);
	free(k);
}

/* --- by address ------------------------------------------------------------- */

struct rank {
	uint64_t address;
	uint32_t symbol;
};

static int rank_compare(const void *left, const void *right)
{
	const struct rank *a = left, *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return a->symbol < b->symbol ? -1 : a->symbol > b->symbol;
}

static bool is_sorted(const struct kallsyms_list *l)
{
	for (uint32_t i = 1; i < l->count; i++)
		if (l->address[i] < l->address[i - 1])
			return false;
	return true;
}

/* The kernel lists symbols by address already. Only a damaged table needs sorting. */
static void sort_by_address(struct kallsyms_list *l)
{
	CLEANUP(free_ptr) struct rank *rank = NULL;
	CLEANUP(free_ptr) char *type = NULL;
	CLEANUP(free_ptr) uint32_t *name = NULL;

	if (is_sorted(l))
		return;
	rank = xcalloc(l->count, sizeof(*rank));
	type = xmalloc(l->count);
	name = xcalloc(l->count, sizeof(*name));
	memcpy(type, l->type, l->count);
	memcpy(name, l->name, l->count * sizeof(*name));
	for (uint32_t i = 0; i < l->count; i++)
		rank[i] = (struct rank){ l->address[i], i };
	qsort(rank, l->count, sizeof(*rank), rank_compare);
	for (uint32_t i = 0; i < l->count; i++) {
		l->address[i] = rank[i].address;
		l->type[i] = type[rank[i].symbol];
		l->name[i] = name[rank[i].symbol];
	}
}

/* --- by name ---------------------------------------------------------------- */

static const char *name_of(const struct kallsyms *k, uint32_t i)
{
	return k->list.text.data + k->list.name[i];
}

/* A map with a key for each name would be larger than all that we keep of the table, and filling it would
 * take longer than decoding the names. So about ten names share a key, and a look-up compares them. */
static uint64_t hash_of(const char *name)
{
	return hash_bytes(name, strlen(name)) % HASH_VALUES;
}

/* Symbols of one name stay in order: we go backwards and put each in front. */
static void index_names(struct kallsyms *k)
{
	k->next = xcalloc(k->list.count, sizeof(*k->next));
	for (uint32_t i = k->list.count; i-- > 0;) {
		uint64_t hash = hash_of(name_of(k, i)), *first = map_find(&k->by_name, hash);

		k->next[i] = first ? (uint32_t)*first : NONE;
		if (first)
			*first = i;
		else
			map_add(&k->by_name, hash, i);
	}
}

/* The first symbol that may have this name; k->next leads to the others. NONE: no symbol has it. */
static uint32_t first_of_name(const struct kallsyms *k, const char *name)
{
	const uint64_t *first = map_find(&k->by_name, hash_of(name));

	return first ? (uint32_t)*first : NONE;
}

/* How many different addresses the symbols of one name have, and the last of them. */
struct meaning {
	uint32_t addresses;
	uint64_t address;
};

static void meaning_add(struct meaning *m, uint64_t address)
{
	if (!m->addresses || m->address != address)
		m->addresses++;
	m->address = address;
}

struct err *kallsyms_lookup(const struct kallsyms *k, const char *name, struct kaddr *ret)
{
	struct meaning global = { 0, 0 }, any = { 0, 0 };
	const struct meaning *m;

	for (uint32_t i = first_of_name(k, name); i != NONE; i = k->next[i]) {
		if (strcmp(name_of(k, i), name))
			continue;
		meaning_add(&any, k->list.address[i]);
		if (k->list.type[i] >= 'A' && k->list.type[i] <= 'Z')
			meaning_add(&global, k->list.address[i]);
	}
	m = global.addresses ? &global : &any;
	if (!m->addresses)
		return err_new(ERR_ABSENT, "no symbol %s", name);
	if (m->addresses > 1)
		return err_new(ERR_DATA, "symbol %s has %u addresses", name, m->addresses);
	*ret = KADDR(m->address);
	return NULL;
}

/* --- finding ------------------------------------------------------------------ */

static struct err *decode(const struct kallsyms_image *image, const struct kallsyms_tables *t,
			  struct kallsyms **ret)
{
	CLEANUP(kallsyms_freep) struct kallsyms *k = xcalloc(1, sizeof(*k));
	struct err *e;

	k->tables = *t;
	e = kallsyms_names(image, t, &k->list);
	if (!e)
		e = kallsyms_addresses(image, t, &k->list, &k->formula, &k->addresses);
	if (e)
		return err_in(e, "kallsyms at %#zx", t->num_syms);
	sort_by_address(&k->list);
	index_names(k);
	*ret = TAKE(k);
	return NULL;
}

static bool same_symbols(const struct kallsyms *a, const struct kallsyms *b)
{
	const struct kallsyms_list *l = &a->list, *m = &b->list;

	return l->count == m->count &&
	       !memcmp(l->address, m->address, l->count * sizeof(*l->address)) &&
	       !memcmp(l->type, m->type, l->count) && l->text.size == m->text.size &&
	       !memcmp(l->text.data, m->text.data, l->text.size);
}

/* Decodes one more set. Keeps the first that can be decoded in *known, and the first error in *why.
 * Errors: ERR_DATA: it contradicts what is known. */
static struct err *add_set(const struct kallsyms_image *image, const struct kallsyms_tables *t,
			   struct kallsyms **known, struct err **why)
{
	CLEANUP(kallsyms_freep) struct kallsyms *k = NULL;
	struct err *e = decode(image, t, &k);

	if (e) {
		if (*why)
			err_discard(e);
		else
			*why = e;
		return NULL;
	}
	if (!*known)
		*known = TAKE(k);
	else if (!same_symbols(*known, k))
		return err_new(ERR_DATA, "kallsyms at %#zx (%u symbols) and at %#zx (%u) contradict"
			       " each other", (*known)->tables.num_syms, (*known)->list.count,
			       k->tables.num_syms, k->list.count);
	return NULL;
}

struct err *kallsyms_find(const uint8_t *data, size_t size, struct kaddr image_va,
			  struct kallsyms **ret)
{
	const struct kallsyms_image image = { data, size, image_va };
	CLEANUP(kallsyms_freep) struct kallsyms *known = NULL;
	struct kallsyms_tables sets[KALLSYMS_SETS_MAX];
	struct err *e, *why = NULL;
	size_t count;

	if (size > IMAGE_MAX)
		return err_new(ERR_DATA, "kallsyms: an image of %zu bytes; at most %u are expected",
			       size, IMAGE_MAX);
	if (!kaddr_is_kernel(image_va) || image_va.v + size < size)
		return err_new(ERR_DATA, "kallsyms: no kernel image lies at %#jx",
			       (uintmax_t)image_va.v);
	e = kallsyms_tables_find(&image, sets, &count);
	if (e)
		return e;
	for (size_t i = 0; !e && i < count; i++)
		e = add_set(&image, &sets[i], &known, &why);
	if (!e && !known)
		return why;
	err_discard(why);
	if (!e)
		*ret = TAKE(known);
	return e;
}

/* --- reading -------------------------------------------------------------------- */

size_t kallsyms_count(const struct kallsyms *k)
{
	return k->list.count;
}

struct kallsym kallsyms_at(const struct kallsyms *k, size_t i)
{
	return (struct kallsym){ KADDR(k->list.address[i]), k->list.type[i],
				 name_of(k, (uint32_t)i) };
}

/* Appends what "%016jx %c %s\n" would print, in a fifth of the time. */
static void add_line(struct buf *b, const struct kallsym *s)
{
	char head[19];

	for (unsigned i = 0; i < 16; i++)
		head[i] = "0123456789abcdef"[s->address.v >> (60 - 4 * i) & 15];
	head[16] = head[18] = ' ';
	head[17] = s->type;
	buf_add(b, head, sizeof(head));
	buf_add_str(b, s->name);
	buf_add_char(b, '\n');
}

void kallsyms_format_system_map(const struct kallsyms *k, uint64_t shift, struct buf *b)
{
	buf_reserve(b, k->list.text.size + 20 * (size_t)k->list.count);
	for (size_t i = 0; i < k->list.count; i++) {
		struct kallsym s = kallsyms_at(k, i);

		if (kaddr_is_kernel(s.address))
			s.address.v -= shift;
		add_line(b, &s);
	}
}

void kallsyms_describe(const struct kallsyms *k, struct buf *b)
{
	const struct kallsyms_tables *t = &k->tables;

	buf_addf(b, "%u symbols, addresses %s at %#zx, names at %#zx, %u-bit markers at %#zx",
		 k->list.count, k->formula, k->addresses, t->names, 8 * t->word, t->markers);
	if (t->seq)
		buf_addf(b, ", %u-byte sequence numbers", t->seq);
	if (t->compressed)
		buf_addf(b, ", tokens at %#zx", t->token_table);
	else
		buf_add_str(b, ", not compressed");
}
