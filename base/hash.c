#include "base/hash.h"

#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static uint64_t run_key[2];
static pthread_once_t drawn = PTHREAD_ONCE_INIT;

static void draw_key(void)
{
	struct timespec now;

	if (getrandom(run_key, sizeof(run_key), GRND_NONBLOCK) == (ssize_t)sizeof(run_key))
		return;
	/* The machine has just started and has no random numbers yet: we take the time, and the
	 * address of the stack. */
	clock_gettime(CLOCK_REALTIME, &now);
	run_key[0] ^= (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec;
	run_key[1] ^= (uint64_t)(uintptr_t)&now;
}

static uint64_t rotate(uint64_t x, unsigned int bits)
{
	return x << bits | x >> (64 - bits);
}

static void rounds(uint64_t v[4], int count)
{
	while (count--) {
		v[0] += v[1];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[0] = rotate(v[0], 32);
		v[2] += v[3];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[2] = rotate(v[2], 32);
	}
}

static void take(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	rounds(v, 2);
	v[0] ^= word;
}

uint64_t hash_bytes_with(const uint64_t key[2], const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	uint64_t v[4] = { key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
			  key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573) };
	uint64_t word, last = (uint64_t)size << 56;

	for (; size >= 8; at += 8, size -= 8) {
		memcpy(&word, at, 8);
		take(v, word);
	}
	for (size_t i = 0; i < size; i++)
		last |= (uint64_t)at[i] << (8 * i);
	take(v, last);
	v[2] ^= 0xff;
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t hash_bytes(const void *bytes, size_t size)
{
	pthread_once(&drawn, draw_key);
	return hash_bytes_with(run_key, bytes, size);
}

uint64_t hash_u64(uint64_t number)
{
	return hash_bytes(&number, sizeof(number));
}
