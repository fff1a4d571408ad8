/* loopback: addresses of the loopback network that no other process uses, two for each process id. */
#ifndef TESTS_LIB_LOOPBACK_H
#define TESTS_LIB_LOOPBACK_H

#include <arpa/inet.h>

struct loopback {
	char adapter[INET_ADDRSTRLEN], client[INET_ADDRSTRLEN];
};

struct loopback loopback_own(void);

#endif
