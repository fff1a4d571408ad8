#include "memory/tlp_fit.h"

#define WORD UINT64_C(4)

struct tlp_fit tlp_fit_whole(const struct read_span *span, const struct ram_map *ram)
{
	struct tlp_fit words = { span->start & ~(WORD - 1), (span->end + WORD - 1) & ~(WORD - 1) };

	if (ram_map_contains(ram, PADDR(words.start), words.end - words.start))
		return words;
	return (struct tlp_fit){ span->start, span->end };
}

/* Takes [start, end), if the tag allows it and all of it is RAM. */
static bool take(const struct tlp_tag *tag, const struct ram_map *ram, uint64_t start,
		 uint64_t end, struct tlp_fit *fit)
{
	if (!tlp_tag_allows(tag, start, (uint32_t)(end - start)) ||
	    !ram_map_contains(ram, PADDR(start), end - start))
		return false;
	*fit = (struct tlp_fit){ start, end };
	return true;
}

bool tlp_fit_move(const struct read_span *span, const struct ram_map *ram, uint32_t read_max,
		  const struct tlp_tag *tag, struct tlp_fit *fit)
{
	const struct tlp_fit whole = *fit;
	uint64_t first = whole.start & ~(WORD - 1), page = (first & PAGE_MASK) + PAGE_SIZE;
	uint64_t limit = first + read_max < page ? first + read_max : page;
	uint64_t line = first - first % TLP_LINE;

	for (uint64_t end = (whole.end & ~(WORD - 1)) + WORD; end <= limit; end += WORD)
		if (take(tag, ram, whole.start, end, fit))
			return true;
	for (uint64_t end = (whole.end - 1) & ~(WORD - 1); end > span->start; end -= WORD)
		if (take(tag, ram, whole.start, end, fit))
			return true;
	if (whole.end > line + TLP_LINE)
		return false;
	for (uint64_t start = first; start > line; start -= WORD)
		if (take(tag, ram, start, whole.end, fit))
			return true;
	return false;
}
