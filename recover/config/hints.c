#include "recover/config/hints.h"

#include "recover/config/fragment.h"

struct page_layout config_text_layout(const struct config_text_hints *hints)
{
	return (struct page_layout){
		.vmemmap_base = hints->vmemmap_base,
		.size = hints->page_struct_size ? hints->page_struct_size : 64,
		.mapping = hints->page_mapping_offset ? hints->page_mapping_offset : 24,
		.compound_head =
			hints->page_compound_head_offset ? hints->page_compound_head_offset : 8,
	};
}

bool config_text_page(const void *page)
{
	struct config_fragment f;

	return config_fragment_read(page, &f) && f.lines >= 2 && f.options;
}
