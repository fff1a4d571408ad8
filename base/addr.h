/* addr: addresses of the target machine.
 *
 * A physical, a kernel virtual and a user virtual address are different types, so that code which
 * mixes them does not compile.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stdint.h>

struct paddr {
	uint64_t v;
}; /* physical address */
struct kaddr {
	uint64_t v;
}; /* kernel virtual address */
struct uaddr {
	uint64_t v;
}; /* virtual address of a user process */

#define PADDR(value) ((struct paddr){ (value) })
#define KADDR(value) ((struct kaddr){ (value) })
#define UADDR(value) ((struct uaddr){ (value) })

#define PAGE_SHIFT 12
#define PAGE_SIZE UINT64_C(4096)
#define PAGE_MASK (~(PAGE_SIZE - 1))

/* No physical address is this high: x86-64 has 52 bits of them at most, and so has arm64. */
#define PADDR_END (UINT64_C(1) << 52)

static inline struct paddr paddr_add(struct paddr a, uint64_t bytes)
{
	return PADDR(a.v + bytes);
}

static inline struct kaddr kaddr_add(struct kaddr a, uint64_t bytes)
{
	return KADDR(a.v + bytes);
}

static inline struct uaddr uaddr_add(struct uaddr a, uint64_t bytes)
{
	return UADDR(a.v + bytes);
}

/* Whether a lies in the kernel's half of the address space: bit 63 is set. */
static inline bool kaddr_is_kernel(struct kaddr a)
{
	return a.v >> 63;
}

#endif
