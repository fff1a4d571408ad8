#include "offsets/fit/memory.h"

#include "offsets/fit/files.h"

#define AREAS_MAX 12 /* of one address space */
#define USER_END (UINT64_C(1) << 56)
#define MAPLE_DEPTH_MAX 10
#define MAPLE_LEAF 1 /* enum maple_type */
#define MAPLE_ARANGE 3
#define PF_EXITING 0x4 /* linux/sched.h */

/* What the kernel maps into each process: [vdso] and others. */
static void check_special(struct fit *f, uint64_t mapping, uint64_t area)
{
	uint64_t at = 0;
	char name[32];

	fit_check(f, "vm_area_struct.vm_private_data, vm_special_mapping.name: a name in brackets",
		  fit_is_pointer(mapping) &&
			  live_u64(f->live, mapping + fit_offset(f, "vm_special_mapping", "name"), &at) &&
			  live_text(f->live, at, name, sizeof(name)) && name[0] == '[', area);
}

/* What an area maps: a file, or anonymous memory. */
static void check_backing(struct fit *f, const struct fit_object *v)
{
	CLEANUP(fit_object_deinit) struct fit_object o = { .bytes = NULL };
	uint64_t file = fit_get(v, "vm_file"), at = v->at;

	fit_check(f, "vm_area_struct.vm_file: 0, or a pointer", !file || fit_is_pointer(file), at);
	if (fit_is_pointer(file)) {
		fit_check(f, "vm_area_struct.vm_pgoff: within a file", !(fit_get(v, "vm_pgoff") >> 52), at);
		if (fit_read(f, "file", "vm_area_struct.vm_file: can be read", file, &o))
			fit_check(f, "vm_area_struct.vm_file: a file with an inode",
				  fit_is_pointer(fit_get(&o, "f_inode")) &&
					  fit_is_pointer(fit_get(&o, "f_op")), at);
	} else if (!fit_get(v, "vm_ops")) {
		fit_check(f, "vm_area_struct.vm_pgoff: of anonymous memory, a page of user space",
			  !(fit_get(v, "vm_pgoff") >> 44), at);
	}
}

/* A vm_area_struct, wherever the pointer to it came from. */
static void check_area(struct fit *f, uint64_t at, uint64_t mm)
{
	CLEANUP(fit_object_deinit) struct fit_object v = { .bytes = NULL };
	uint64_t start, end, operations, anon, flags;

	if (!fit_read(f, "vm_area_struct", "vm_area_struct: can be read", at, &v))
		return;
	start = fit_get(&v, "vm_start");
	end = fit_get(&v, "vm_end");
	operations = fit_get(&v, "vm_ops");
	anon = fit_get(&v, "anon_vma");
	flags = fit_get(&v, "vm_flags");
	if (operations && operations == live_symbol(f->live, "special_mapping_vmops"))
		check_special(f, fit_get(&v, "vm_private_data"), at);
	fit_check(f, "vm_area_struct.vm_start, vm_end: whole pages of user space",
		  start < end && end < USER_END && !((start | end) & 4095), at);
	fit_check(f, "vm_area_struct.vm_mm: leads back", fit_get(&v, "vm_mm") == mm, at);
	/* the kernel grants only what it allows: VM_READ, VM_WRITE and VM_EXEC each have a VM_MAY... */
	fit_check(f, "vm_area_struct.vm_flags: VM_READ only with VM_MAYREAD, and so on",
		  !(flags & 7 & ~(flags >> 4)) && flags & 0x70, at);
	fit_check(f, "vm_area_struct.vm_page_prot: of user pages, or none",
		  fit_get(&v, "vm_page_prot") & 0x105, at);
	fit_check(f, "vm_area_struct.anon_vma: 0, or a pointer",
		  !anon || fit_is_pointer(anon), at);
	fit_check(f, "vm_area_struct.vm_ops: 0, or a pointer", !operations || fit_is_pointer(operations), at);
	/* 5.17 always has it, amidst the other members */
	if (!fit_object_has(&v, "anon_name") || fit_at(&v, "anon_name") > fit_at(&v, "vm_private_data"))
		fit_check_function(f, "vm_area_struct.anon_name: where there is anon_vma_name_alloc()",
				   fit_object_has(&v, "anon_name"), "anon_vma_name_alloc");
	check_backing(f, &v);
}

/* The pivot beside an area's slot is the address of the area's last byte. */
static void check_pivot(struct fit *f, uint64_t node, uint64_t slot, uint64_t area)
{
	uint64_t pivot = 0, end = 0;

	if (slot < fit_length(f, "maple_range_64", "pivot") / 8 &&
	    live_u64(f->live, node + fit_offset(f, "maple_range_64", "pivot") + 8 * slot, &pivot) &&
	    live_u64(f->live, area + fit_offset(f, "vm_area_struct", "vm_end"), &end))
		fit_check(f, "maple_range_64.pivot: where its area ends", pivot + 1 == end, area);
}

/* The areas of a leaf. node: its mr64. The last slot may hold numbers instead. */
static void check_leaf(struct fit *f, uint64_t node, uint64_t mm)
{
	uint64_t slots = fit_length(f, "maple_range_64", "slot") / 8, found = 0;

	for (uint64_t i = 0; i + 1 < slots && i < 64 && found < AREAS_MAX; i++) {
		uint64_t area = 0;

		live_u64(f->live, node + fit_offset(f, "maple_range_64", "slot") + 8 * i, &area);
		if (!fit_is_pointer(area))
			continue;
		check_area(f, area, mm);
		check_pivot(f, node, i, area);
		found++;
	}
}

/* From the root of the maple tree down to its first leaf, whose slots hold pointers to areas. A pointer to a
 * node has the node's type in bits 3 to 6. */
static void check_maple(struct fit *f, const struct fit_object *mm)
{
	uint64_t entry = 0, root = fit_at(mm, "mm_mt") + fit_offset(f, "maple_tree", "ma_root");
	uint64_t mr64 = fit_offset(f, "maple_node", "mr64"), ma64 = fit_offset(f, "maple_node", "ma64");
	uint64_t range = mr64 + fit_offset(f, "maple_range_64", "slot");
	uint64_t arange = ma64 + fit_offset(f, "maple_arange_64", "slot"), parent = 0;
	bool node = false;

	if (!live_u64(f->live, root, &entry))
		return;
	node = (entry & 3) == 2 && entry > 4096;
	fit_check(f, "mm_struct.mm_mt: a maple tree with a node",
		  node || fit_is_pointer(entry), mm->at);
	for (int depth = 0; node && depth < MAPLE_DEPTH_MAX; depth++) {
		uint64_t at = entry & ~UINT64_C(0xff), type = entry >> 3 & 15;

		if (!fit_check(f, "maple_node: can be read, of a known type",
			       type >= MAPLE_LEAF && type <= MAPLE_ARANGE && live_u64(f->live, at, &parent) &&
				       parent, at))
			return;
		if (type == MAPLE_LEAF) {
			check_leaf(f, at + mr64, mm->at);
			return;
		}
		if (!live_u64(f->live, at + (type == MAPLE_ARANGE ? arange : range), &entry))
			return;
	}
}

/* The list of areas, which kernels up to 6.0 have. */
static void check_area_list(struct fit *f, const struct fit_object *mm)
{
	uint64_t at = fit_get(mm, "mmap"), next = fit_offset(f, "vm_area_struct", "vm_next");
	uint64_t count = 0;

	fit_check(f, "mm_struct.mmap: a pointer", fit_is_pointer(at), mm->at);
	for (; fit_is_pointer(at) && count < AREAS_MAX; count++) {
		check_area(f, at, mm->at);
		if (!live_u64(f->live, at + next, &at))
			return;
	}
	if (count < AREAS_MAX)
		fit_check(f, "mm_struct.map_count: as many as the list has",
			  fit_get(mm, "map_count") == count, mm->at);
}

/* The vector that exec gives a program: tags and values; AT_PAGESZ (6) is 4096. */
static bool is_auxv(struct fit *f, const struct fit_object *mm)
{
	uint64_t auxv[64], length = fit_length(f, "mm_struct", "saved_auxv");
	uint64_t count = (length < sizeof(auxv) ? length : sizeof(auxv)) / 16;

	if (!live_read(f->live, fit_at(mm, "saved_auxv"), auxv, count * 16))
		return false;
	for (uint64_t i = 0; i < count; i++)
		if (auxv[2 * i] == 6)
			return auxv[2 * i + 1] == 4096;
	return false;
}

static void check_numbers(struct fit *f, const struct fit_object *mm)
{
	uint64_t total = fit_get(mm, "total_vm"), exec = fit_get(mm, "exec_vm");
	uint64_t stack = fit_get(mm, "stack_vm"), data = fit_get(mm, "data_vm");
	uint64_t base = fit_get(mm, "mmap_base"), size = fit_get(mm, "task_size");

	fit_check(f, "mm_struct.mm_users, mm_count: small and not 0",
		  (uint32_t)fit_get(mm, "mm_users") - 1 < 1 << 22 &&
			  (uint32_t)fit_get(mm, "mm_count") - 1 < 1 << 22, mm->at);
	fit_check(f, "mm_struct.map_count: from 1 to 2^24",
		  (uint32_t)fit_get(mm, "map_count") - 1 < 1 << 24, mm->at);
	fit_check(f, "mm_struct.task_size: the end of user space",
		  size == UINT64_C(0x7ffffffff000) || size == UINT64_C(0xfffffffffff000) ||
			  size == 0xffffe000 || size == 0xc0000000, mm->at);
	fit_check(f, "mm_struct.mmap_base: in user space, of whole pages",
		  base > 4096 && base <= size && !(base & 4095), mm->at);
	fit_check(f, "mm_struct.total_vm, exec_vm, stack_vm, data_vm: parts and their sum",
		  total && !(total >> 44) && exec <= total && stack <= total && data <= total, mm->at);
	/* a process may unmap what it does not need, and lock pages more than once (VFIO) */
	fit_check_process(f, "mm_struct.exec_vm, stack_vm: not 0", exec && stack, mm->at);
	fit_check(f, "mm_struct.locked_vm: below 2^44", !(fit_get(mm, "locked_vm") >> 44), mm->at);
	fit_check_process(f, "mm_struct.locked_vm: not more than all", fit_get(mm, "locked_vm") <= total,
			  mm->at);
	/* PR_SET_MM needs no privilege, but keeps the ends in their order */
	fit_check(f, "mm_struct.start_code, ..., env_end: in their order",
		  fit_get(mm, "start_code") && fit_get(mm, "start_code") < fit_get(mm, "end_code") &&
			  fit_get(mm, "end_code") < USER_END &&
			  fit_get(mm, "start_data") <= fit_get(mm, "end_data") &&
			  fit_get(mm, "start_brk") <= fit_get(mm, "brk") && fit_get(mm, "brk") < USER_END &&
			  fit_get(mm, "arg_start") <= fit_get(mm, "arg_end") &&
			  fit_get(mm, "env_start") <= fit_get(mm, "env_end") &&
			  fit_get(mm, "env_end") < USER_END, mm->at);
	fit_check(f, "mm_struct.start_stack: in user space",
		  fit_get(mm, "start_stack") && fit_get(mm, "start_stack") < USER_END, mm->at);
	fit_check_process(f, "mm_struct.start_stack: below the arguments",
			  fit_get(mm, "start_stack") <= fit_get(mm, "arg_start"), mm->at);
	fit_check_process(f, "mm_struct.saved_auxv: has AT_PAGESZ", is_auxv(f, mm), mm->at);
	fit_check(f, "mm_struct.flags: dumpable as proc says",
		  (fit_get(mm, "flags") & 3) < 3 && !(fit_get(mm, "flags") >> 40), mm->at);
}

/* Resident pages by kind: each count is less than all memory. */
static void check_resident(struct fit *f, const struct fit_object *mm)
{
	uint64_t at = fit_at(mm, "rss_stat"), pages = f->live->ram_end >> 12, value, sum = 0;

	if (fit_have(f, "mm_rss_stat", "count")) {
		at += fit_offset(f, "mm_rss_stat", "count");
		for (int i = 0; i < 4; i++, sum += value)
			if (!live_u64(f->live, at + (uint64_t)i * 8, &value) ||
			    ((int64_t)value < -4096 && fit_check(f, "mm_struct.rss_stat: pages", false, at)))
				return;
		fit_check(f, "mm_struct.rss_stat: pages", sum && sum <= 2 * pages, mm->at);
	} else if (fit_have(f, "percpu_counter", "count")) {
		for (int i = 0; i < 4; i++) {
			size_t type;

			if (!fit_have_type(f, "percpu_counter", &type) ||
			    !live_u64(f->live, at + (uint64_t)i * f->layout->types[type].size +
					      fit_offset(f, "percpu_counter", "count"), &value))
				return;
			fit_check(f, "mm_struct.rss_stat: pages",
				  (int64_t)value > -65536 && (int64_t)value < (int64_t)(2 * pages), mm->at);
		}
	}
}

static void check_space(struct fit *f, uint64_t at, uint64_t task)
{
	CLEANUP(fit_object_deinit) struct fit_object mm = { .bytes = NULL };
	uint64_t top = live_symbol(f->live, "init_top_pgt"), pgd, own = 0, kernel = 0;

	if (!fit_read(f, "mm_struct", "task_struct.mm: can be read", at, &mm))
		return;
	pgd = fit_get(&mm, "pgd");
	fit_check(f, "mm_struct.pgd: a page table with the kernel in it",
		  !(pgd & 4095) && live_u64(f->live, pgd + 511 * 8, &own) && own & 1 &&
			  (!top || (live_u64(f->live, top + 511 * 8, &kernel) &&
				    !((own ^ kernel) & UINT64_C(0xffffffffff000)))), at);
	check_numbers(f, &mm);
	check_resident(f, &mm);
	if (fit_object_has(&mm, "owner"))
		fit_check(f, "mm_struct.owner: a task with it",
			  fit_get(&mm, "owner") == task ||
				  (live_u64(f->live, fit_get(&mm, "owner") + fit_offset(f, "task_struct", "mm"),
					    &own) && own == at), at);
	if (fit_object_has(&mm, "user_ns"))
		fit_check(f, "mm_struct.user_ns: a pointer", fit_is_pointer(fit_get(&mm, "user_ns")), at);
	if (fit_object_has(&mm, "exe_file")) {
		fit_check_process(f, "mm_struct.exe_file: there is one", fit_get(&mm, "exe_file") != 0, at);
		if (fit_get(&mm, "exe_file"))
			fit_program(f, fit_get(&mm, "exe_file"));
	}
	if (fit_object_has(&mm, "mm_mt"))
		check_maple(f, &mm);
	else if (fit_object_has(&mm, "mmap"))
		check_area_list(f, &mm);
}

static void check_init_mm(struct fit *f)
{
	CLEANUP(fit_object_deinit) struct fit_object mm = { .bytes = NULL };
	uint64_t at = live_symbol(f->live, "init_mm");

	if (!at || !fit_read(f, "mm_struct", "init_mm: can be read", at, &mm))
		return;
	fit_check_symbol(f, "init_mm.pgd", fit_get(&mm, "pgd"), "init_top_pgt", at);
	fit_check_symbol(f, "init_mm.start_code", fit_get(&mm, "start_code"), "_text", at);
	fit_check_symbol(f, "init_mm.end_code", fit_get(&mm, "end_code"), "_etext", at);
	fit_check_symbol(f, "init_mm.end_data", fit_get(&mm, "end_data"), "_edata", at);
	if (fit_object_has(&mm, "user_ns"))
		fit_check_symbol(f, "init_mm.user_ns", fit_get(&mm, "user_ns"), "init_user_ns", at);
	fit_check(f, "init_mm.mm_users, mm_count: small and not 0",
		  (uint32_t)fit_get(&mm, "mm_users") - 1 < 1 << 22 &&
			  (uint32_t)fit_get(&mm, "mm_count") - 1 < 1 << 22, at);
}

static void check_operations(struct fit *f)
{
	uint64_t at = live_symbol(f->live, "special_mapping_vmops"), value = 0;

	if (at && live_u64(f->live, at + fit_offset(f, "vm_operations_struct", "name"), &value))
		fit_check_symbol(f, "special_mapping_vmops.name", value, "special_mapping_name", at);
}

/* The counter of committed memory: static, and in use by every kernel with an MMU. */
static void check_counter(struct fit *f)
{
	CLEANUP(fit_object_deinit) struct fit_object c = { .bytes = NULL };
	uint64_t at = live_symbol(f->live, "vm_committed_as"), offsets = live_symbol(f->live, "__per_cpu_offset");
	uint64_t first = 0;
	uint32_t value = 0;

	if (!at || !offsets || !live_u64(f->live, offsets, &first) ||
	    !fit_have(f, "percpu_counter", "counters") ||
	    !fit_read(f, "percpu_counter", "vm_committed_as: can be read", at, &c))
		return;
	fit_check(f, "vm_committed_as.count: pages", fit_get(&c, "count") < UINT64_C(1) << 40 ||
		  fit_get(&c, "count") > -(UINT64_C(1) << 40), at);
	/* per-CPU addresses begin at 0; since 6.15 in the image */
	fit_check(f, "vm_committed_as.counters: of the first CPU can be read",
		  fit_get(&c, "counters") &&
			  (live_symbol(f->live, "__per_cpu_start") || !live_is_kernel(fit_get(&c, "counters"))) &&
			  live_u32(f->live, fit_get(&c, "counters") + first, &value), at);
}

void fit_memory(struct fit *f)
{
	size_t spaces = 0;

	check_init_mm(f);
	check_counter(f);
	check_operations(f);
	for (size_t i = 1; i < f->task_count; i++) {
		uint64_t mm = 0, at = f->tasks[i].at;
		uint32_t flags = 0;

		f->from_boot = f->tasks[i].from_boot;
		if (live_u32(f->live, at + fit_offset(f, "task_struct", "flags"), &flags) &&
		    !(flags & PF_EXITING) &&
		    live_u64(f->live, at + fit_offset(f, "task_struct", "mm"), &mm) && mm) {
			if (fit_is_new(f, mm))
				check_space(f, mm, at);
			spaces++;
		}
	}
	fit_check(f, "task_struct.mm: there is a process", spaces > 0, f->tasks[0].at);
}
