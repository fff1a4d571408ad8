/* Any bytes as a config text and as a packaged config. What is let through must be read back
 * without a problem, and hold nothing that a shell or make would expand. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "recover/config/merge.h"
#include "recover/config/version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct config_file *text, const struct config_file *package)
{
	CLEANUP(config_merge_deinit) struct config_merge m = { 0 };
	CLEANUP(config_file_deinit) struct config_file again = { 0 };
	CLEANUP(buf_deinit) struct buf b = BUF_INIT, origin = BUF_INIT;
	struct err *e = config_merge(text, package, &m);
	const char *options;

	if (e) {
		err_discard(e);
		return;
	}
	config_merge_format(&m, "6.1.0", &b);
	config_merge_format_origin(&m, &origin);
	e = config_file_parse(buf_str(&b), b.size, &again);
	if (e || again.problem_total || again.count != m.count)
		abort();
	options = strstr(buf_str(&b), "CONFIG_"); /* behind the header */
	if (options && (strpbrk(options, "`;|&<>*\\'!{}\t") || strstr(options, "$(")))
		abort();
	buf_clear(&b);
	config_merge_report(&m, &b);
}

/* The first NUL byte ends the text and begins the packaged config. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(config_file_deinit) struct config_file text = { 0 }, package = { 0 };
	size_t first = size ? strnlen((const char *)data, size) : 0;
	size_t second = first < size ? first + 1 : size;
	const char *why;

	err_discard(config_file_parse(data, first, &text));
	err_discard(config_file_parse(data + second, size - second, &package));
	if (text.by_name && package.by_name) {
		check(&text, &package);
		check(&text, NULL);
		check(NULL, &package);
		config_file_conflict(&text, &package);
	}
	if (text.version)
		config_version_fit(text.version, "6.1.0-56-amd64", "#1 SMP Debian 6.1.192-2");
	if (text.by_name)
		config_build_fit(&text, "(gcc) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2", &why);
	return 0;
}
