/* The tables of the symbols, by their structure.
 *
 * The token index is the anchor: 256 rising u16 that start at 0, and that say where 256 strings
 * right in front of them begin. Nothing else in a kernel looks like that. (The strings alone would
 * not do: tokens contain "0" to "9" one behind the other, and so do tables of the console and of
 * Unicode.) From the tokens we find the markers backwards, and from the markers the names:
 * num_syms asks for just as many markers as there are, and walking all names hits every marker
 * exactly (recover/kallsyms/search.c). No version is asked for, since seqs_of_names between markers
 * and tokens was backported.
 */
#include "base/view.h"
#include "recover/kallsyms/search.h"

/* A hostile image may be full of decoys. These limits keep the time proportional to its size. */
#define TOKEN_TABLES_MAX 64u		       /* that we look at more closely; a kernel has one */
#define STEPS_MAX (UINT32_C(1) << 22)	       /* for each token table and arrangement of the rest */
#define STEPS_UNCOMPRESSED (UINT32_C(1) << 28) /* in all */
#define ANCHORS_MAX 1024u		       /* places that may be markers of uncompressed names */
#define TOKENS_USED_MIN 64u		       /* not empty; thousands of symbols use all 256 */

/* --- tokens ----------------------------------------------------------------- */

static bool is_token_index(const uint8_t *p)
{
	uint16_t before = 0;

	for (size_t i = 1; i < KALLSYMS_TOKENS; i++) {
		uint16_t now = load_u16(p + 2 * i);

		if (now <= before)
			return false;
		before = now;
	}
	return true;
}

/* The first multiple of 4 from AT on where an index can begin: a u16 that is 0, and one that is not.
 * No index lies in zeros, and most pages are: the caller read only the constant ones. */
static size_t next_beginning(const struct kallsyms_image *image, size_t at)
{
	while (at + KALLSYMS_INDEX_SIZE <= image->size) {
		size_t end = (at | (PAGE_SIZE - 1)) + 1;

		if (end - at == PAGE_SIZE && end <= image->size &&
		    bytes_are_zero(image->data + at, PAGE_SIZE)) {
			at = end;
			continue;
		}
		for (; at < end && at + KALLSYMS_INDEX_SIZE <= image->size; at += 4) {
			uint32_t both = load_u32(image->data + at);

			if (!(both & 0xffff) && both)
				return at;
		}
	}
	return at;
}

/* Whether the SIZE bytes at TABLE are 256 strings that begin where INDEX says. */
static bool tokens_fit(const uint8_t *index, const uint8_t *table, size_t size)
{
	unsigned used = 0;
	size_t at = 0;

	for (size_t i = 0; i < KALLSYMS_TOKENS; i++) {
		size_t end = i + 1 < KALLSYMS_TOKENS ? load_u16(index + 2 * (i + 1)) : size;

		if (end > size || table[end - 1] != '\0')
			return false;
		used += end - at > 1;
		for (; at < end - 1; at++)
			if (table[at] <= ' ' || table[at] > '~')
				return false;
		at = end;
	}
	return used >= TOKENS_USED_MIN;
}

/* Finds the strings that end right in front of the index, but for up to 7 bytes of padding. */
static bool tokens_before_index(const uint8_t *image, size_t index, size_t *ret)
{
	size_t last = load_u16(image + index + 2 * (KALLSYMS_TOKENS - 1));

	for (size_t pad = 0; pad < 8 && pad + 1 < index && !image[index - pad - 1]; pad++) {
		size_t end = index - pad, start = end - 1;

		while (start > 0 && image[start - 1] && end - start <= KALLSYMS_NAME_MAX)
			start--;
		if (start < last || ((start - last) & 3))
			continue;
		start -= last;
		if (tokens_fit(image + index, image + start, end - start)) {
			*ret = start;
			return true;
		}
	}
	return false;
}

static struct err *no_tables(const struct kallsyms_search *s, unsigned token_tables, size_t first)
{
	if (!token_tables)
		return err_new(ERR_ABSENT,
			       "no kallsyms: no token table, no uncompressed names in %zu bytes",
			       s->image->size);
	if (s->deepest_count >= 256)
		return err_new(ERR_DATA,
			       "kallsyms: names at %#zx are broken after %u of %u symbols",
			       s->deepest_names, s->deepest_count, s->deepest_of);
	return err_new(ERR_DATA,
		       "kallsyms: token table at %#zx, but no markers and names in front of it",
		       first);
}

static struct err *find_compressed(struct kallsyms_search *s, struct kallsyms_tables *sets,
				   size_t *ret)
{
	const struct kallsyms_image *image = s->image;
	unsigned token_tables = 0;
	size_t count = 0, first = 0;

	*ret = 0;
	for (size_t at = next_beginning(image, 0); at + KALLSYMS_INDEX_SIZE <= image->size;
	     at = next_beginning(image, at + 4)) {
		struct kallsyms_tables t = { .compressed = true, .token_index = at };

		if (!is_token_index(image->data + at) ||
		    !tokens_before_index(image->data, at, &t.token_table))
			continue;
		if (!token_tables++)
			first = t.token_table;
		*ret = count;
		if (token_tables > TOKEN_TABLES_MAX)
			return err_new(ERR_DATA, "kallsyms: more than %u token tables",
				       TOKEN_TABLES_MAX);
		if (!kallsyms_before_tokens(s, &t, STEPS_MAX))
			continue;
		t.end = at + KALLSYMS_INDEX_SIZE;
		if (count == KALLSYMS_SETS_MAX)
			return err_new(ERR_DATA, "kallsyms: more than %u sets of tables",
				       KALLSYMS_SETS_MAX);
		sets[count++] = t;
	}
	*ret = count;
	return count ? NULL : no_tables(s, token_tables, first);
}

/* --- without compression ------------------------------------------------------ */

/* Without tokens the markers themselves are the anchor. A few numbers behind them may look like
 * markers by chance. */
static bool uncompressed_at(struct kallsyms_search *s, struct kallsyms_tables *t, size_t rising)
{
	for (size_t markers = rising; markers + 4 > rising && markers >= 4; markers--) {
		if (kallsyms_names_find(s, t, markers)) {
			t->end = t->markers + markers * t->word;
			return true;
		}
	}
	return false;
}

static struct err *find_uncompressed(struct kallsyms_search *s, unsigned word,
				     struct kallsyms_tables *sets, size_t *ret)
{
	const struct kallsyms_image *image = s->image;
	unsigned anchors = 0;
	size_t count = 0;

	s->steps = STEPS_UNCOMPRESSED;
	for (size_t at = 0; at + 4 * word <= image->size; at += word) {
		struct kallsyms_tables t = { .word = word, .markers = at };
		size_t rising;

		if (!kallsyms_markers_begin(image->data + at, word))
			continue;
		rising = kallsyms_markers_rising(s, &t, KALLSYMS_MARKERS_MAX);
		if (rising < 4)
			continue;
		if (!s->steps || anchors++ == ANCHORS_MAX || count == KALLSYMS_SETS_MAX)
			return err_new(ERR_DATA,
				       "kallsyms: no token table, and too much that resembles"
				       " uncompressed names");
		if (uncompressed_at(s, &t, rising))
			sets[count++] = t;
	}
	*ret = count;
	return NULL;
}

struct err *kallsyms_tables_find(const struct kallsyms_image *image,
				 struct kallsyms_tables sets[KALLSYMS_SETS_MAX], size_t *ret)
{
	struct kallsyms_search s = { .image = image };
	struct err *why = find_compressed(&s, sets, ret), *e;

	if (!why || *ret) /* found, or found too often: uncompressed names would explain neither */
		return why;
	e = find_uncompressed(&s, 4, sets, ret);
	if (!e && !*ret)
		e = find_uncompressed(&s, 8, sets, ret);
	if (!e && !*ret)
		return why;
	/* Where there is a token table, what is wrong with it says more. */
	if (e && err_code(why) != ERR_ABSENT) {
		err_discard(e);
		return why;
	}
	err_discard(why);
	return e;
}
