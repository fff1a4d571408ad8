#include "recover/config_text.h"

bool config_text_page(const void *page)
{
	(void)page;
	return false;
}

struct err *config_text_recover(struct memory *m, const struct xlat *kernel,
				const struct config_text_hints *hints,
				const struct config_pages *pages, struct buf *text,
				struct buf *report)
{
	(void)m, (void)kernel, (void)hints, (void)pages, (void)text, (void)report;
	return err_new(ERR_ABSENT, "config text: not searched for yet");
}
