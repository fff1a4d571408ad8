#include "tests/lib/unit.h"

#include <arpa/inet.h>

#include "base/cleanup.h"
#include "memory/nettlp_options.h"

static void options_have_defaults(void **state)
{
	CLEANUP(nettlp_options_deinit) struct nettlp_options o;

	(void)state;
	assert_ok(nettlp_options_parse("192.168.10.1?requester=1b:02.3", &o));
	assert_int_equal(ntohl(o.adapter.s_addr), 0xc0a80a01);
	assert_int_equal(o.local.s_addr, 0);
	assert_int_equal(o.requester, 0x1b13);
	assert_false(o.old_ports);
	assert_int_equal(o.mrrs, 512);
	assert_int_equal(o.tags, 16);
	assert_true(o.inflight < 16384);
	assert_int_equal(o.timeout_ms, 20);
	assert_int_equal(o.retries, 3);
	assert_null(o.ram_map);
}

static void every_option_is_read(void **state)
{
	CLEANUP(nettlp_options_deinit) struct nettlp_options o;

	(void)state;
	assert_ok(nettlp_options_parse("127.0.0.2?local=127.0.0.1&requester=0000:FF:1f.7&ports=old&mrrs=4096&tags=1&"
				       "timeout_ms=10000&retries=0&inflight=4096&ram_map=/a/b",
				       &o));
	assert_int_equal(ntohl(o.local.s_addr), 0x7f000001);
	assert_int_equal(o.requester, 0xffff);
	assert_true(o.old_ports);
	assert_int_equal(o.mrrs, 4096);
	assert_int_equal(o.tags, 1);
	assert_int_equal(o.timeout_ms, 10000);
	assert_int_equal(o.retries, 0);
	assert_int_equal(o.inflight, 4096);
	assert_string_equal(o.ram_map, "/a/b");
}

static void the_requester_can_be_asked_for(void **state)
{
	CLEANUP(nettlp_options_deinit) struct nettlp_options o;

	(void)state;
	assert_ok(nettlp_options_parse("127.0.0.2?message=10.0.0.5&ports=new&tags=256", &o));
	assert_int_equal(ntohl(o.message.s_addr), 0x0a000005);
	assert_false(o.has_requester);
	assert_int_equal(o.tags, 256);
}

static void what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *options, *words;
	} wrong[] = {
		{ "", "expected either requester=" },
		{ "&requester=1b:00.0&message=10.0.0.5", "expected either requester=" },
		{ "&requester=1b:00", "requester=1b:00: expected" },
		{ "&requester=1b:20.0", "requester=1b:20.0: expected" },
		{ "&requester=1b:00.8", "requester=1b:00.8: expected" },
		{ "&requester=1b:00.00", "expected bus:device.function" },
		{ "&requester=0001:1b:00.0", "expected bus:device.function" },
		{ "&requester=1b-00.0", "expected bus:device.function" },
		{ "&requester=", "expected bus:device.function" },
		{ "&requester", "expected bus:device.function" },
		{ "&requester=1b:00.0&requester=1b:00.0", "option requester is there twice" },
		{ "&requester=1b:00.0&", "has no name" },
		{ "&requester=1b:00.0&tag=3", "\"?tag\": expected local, requester" },
		{ "&requester=1b:00.0&tags=0", "tags=0: expected a number from 1 to 256" },
		{ "&requester=1b:00.0&tags=257", "tags=257: expected" },
		{ "&requester=1b:00.0&tags=-1", "tags=-1: expected" },
		{ "&requester=1b:00.0&tags=", "tags=: expected" },
		{ "&requester=1b:00.0&tags=4294967297", "tags=4294967297: expected" },
		{ "&requester=1b:00.0&tags=0x10", "tags=0x10: expected" },
		{ "&requester=1b:00.0&ports=old&tags=17", "tags=17: old ports carry 16" },
		{ "&requester=1b:00.0&ports=older", "ports=older: expected new" },
		{ "&requester=1b:00.0&mrrs=500", "mrrs=500: expected a power of two" },
		{ "&requester=1b:00.0&mrrs=64", "mrrs=64: expected" },
		{ "&requester=1b:00.0&mrrs=8192", "mrrs=8192: expected" },
		{ "&requester=1b:00.0&inflight=100", "inflight=100: expected" },
		{ "&requester=1b:00.0&timeout_ms=0", "timeout_ms=0: expected" },
		{ "&requester=1b:00.0&retries=1000", "retries=1000: expected" },
		{ "&requester=1b:00.0&local=here", "local \"here\": expected an IPv4 address" },
		{ "&message=0.0.0.0", "message \"0.0.0.0\": expected an IPv4 address" },
		{ "&requester=1b:00.0&ram_map=", "ram_map=: expected the path" },
	};
	struct nettlp_options o;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		char rest[200];

		snprintf(rest, sizeof(rest), "127.0.0.2?%s", wrong[i].options[0] ? wrong[i].options + 1 : "mrrs=512");
		assert_err(nettlp_options_parse(rest, &o), ERR_USAGE, wrong[i].words);
	}
	assert_err(nettlp_options_parse("", &o), ERR_USAGE, "adapter \"\": expected an IPv4 address");
	assert_err(nettlp_options_parse("?requester=1b:00.0", &o), ERR_USAGE, "expected an IPv4 address");
	assert_err(nettlp_options_parse("card?requester=1b:00.0", &o), ERR_USAGE, "adapter \"card\"");
	assert_err(nettlp_options_parse("127.0.0.2?", &o), ERR_USAGE, "has no name");
	assert_err(nettlp_options_parse("127.0.0.2", &o), ERR_USAGE, "expected either requester=");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_have_defaults),
		cmocka_unit_test(every_option_is_read),
		cmocka_unit_test(the_requester_can_be_asked_for),
		cmocka_unit_test(what_is_wrong_is_named),
	};

	return cmocka_run_group_tests_name("nettlp_options", tests, NULL, NULL);
}
