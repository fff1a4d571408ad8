/* symbols: a kernel that does not exist, for the tests of the walker's parts. With
 * TEST_NO_PID_TABLE its table of pids is not to be found.
 */
#ifndef TESTS_UNIT_WALKER_SYMBOLS_H
#define TESTS_UNIT_WALKER_SYMBOLS_H

#include <stdint.h>

#define KERNEL_RELEASE "9.9.9-test"
#define KERNEL_BUILD_ID "0123456789abcdef0123456789abcdef01234567"
#define KERNEL_BANNER "Linux version 9.9.9-test (nobody@nowhere) #1 SMP"
#define LINK_BASE UINT64_C(0xffffffff81000000)
#define HAVE_SYM__text 1
#define SYM__text UINT64_C(0xffffffff81000000)
#define HAVE_SYM__end 1
#define SYM__end UINT64_C(0xffffffff81010000)
#define HAVE_SYM_init_task 1
#define SYM_init_task UINT64_C(0xffffffff81001000)
#ifndef TEST_NO_PID_TABLE
#define HAVE_SYM_init_pid_ns 1
#define SYM_init_pid_ns UINT64_C(0xffffffff81002000)
#endif
#define HAVE_SYM_linux_banner 1
#define SYM_linux_banner UINT64_C(0xffffffff81003000)
#define HAVE_SYM_phys_base 1
#define SYM_phys_base UINT64_C(0xffffffff81004000)
#define HAVE_SYM_page_offset_base 1
#define SYM_page_offset_base UINT64_C(0xffffffff81004100)
#define HAVE_SYM_vmemmap_base 1
#define SYM_vmemmap_base UINT64_C(0xffffffff81004200)
#define HAVE_SYM_init_top_pgt 1
#define SYM_init_top_pgt UINT64_C(0xffffffff81004300)
#define HAVE_SYM_gate_vma 1
#define SYM_gate_vma UINT64_C(0xffffffff81004400)
#define HAVE_SYM_vsyscall_mode 1
#define SYM_vsyscall_mode UINT64_C(0xffffffff81004500)
#define HAVE_SYM_jiffies_64 1
#define SYM_jiffies_64 UINT64_C(0xffffffff81004600)
#define HAVE_SYM_panic_cpu 1
#define SYM_panic_cpu UINT64_C(0xffffffff81004700)
#define HAVE_SYM_tainted_mask 1
#define SYM_tainted_mask UINT64_C(0xffffffff81004800)

#endif
