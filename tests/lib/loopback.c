#include "tests/lib/loopback.h"

#include <unistd.h>

/* 127.128.0.0 to 127.255.255.255: a process id has 22 bits. */
#define FIRST 0x7f800000u

struct loopback loopback_own(void)
{
	struct in_addr adapter = { htonl(FIRST + 2 * (uint32_t)getpid()) };
	struct in_addr client = { adapter.s_addr | htonl(1) };
	struct loopback own;

	inet_ntop(AF_INET, &adapter, own.adapter, sizeof(own.adapter));
	inet_ntop(AF_INET, &client, own.client, sizeof(own.client));
	return own;
}
