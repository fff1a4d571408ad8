/* offsets: a layout that no kernel has, for the tests of the walker's parts: where
 * a test builds a structure and where the walker looks for it is said here once.
 * With TEST_OLD_KERNEL the alternatives of kernels before 4.18 and 6.1.
 */
#ifndef TESTS_UNIT_WALKER_OFFSETS_H
#define TESTS_UNIT_WALKER_OFFSETS_H

/* struct list_head */
#define SIZE_list_head 16
#define HAVE_list_head_next 1
#define OFF_list_head_next 0
#define LEN_list_head_next 8
#define HAVE_list_head_prev 1
#define OFF_list_head_prev 8
#define LEN_list_head_prev 8

/* struct task_struct */
#define SIZE_task_struct 512
#define HAVE_task_struct_state 1
#define OFF_task_struct_state 16
#define LEN_task_struct_state 4
#define HAVE_task_struct_flags 1
#define OFF_task_struct_flags 24
#define LEN_task_struct_flags 4
#define HAVE_task_struct_exit_state 1
#define OFF_task_struct_exit_state 32
#define LEN_task_struct_exit_state 4
#define HAVE_task_struct_tasks 1
#define OFF_task_struct_tasks 40
#define LEN_task_struct_tasks 16
#define HAVE_task_struct_mm 1
#define OFF_task_struct_mm 64
#define LEN_task_struct_mm 8
#define HAVE_task_struct_pid 1
#define OFF_task_struct_pid 72
#define LEN_task_struct_pid 4
#define HAVE_task_struct_tgid 1
#define OFF_task_struct_tgid 76
#define LEN_task_struct_tgid 4
#define HAVE_task_struct_real_parent 1
#define OFF_task_struct_real_parent 88
#define LEN_task_struct_real_parent 8
#define HAVE_task_struct_children 1
#define OFF_task_struct_children 96
#define LEN_task_struct_children 16
#define HAVE_task_struct_sibling 1
#define OFF_task_struct_sibling 112
#define LEN_task_struct_sibling 16
#define HAVE_task_struct_group_leader 1
#define OFF_task_struct_group_leader 128
#define LEN_task_struct_group_leader 8
#define HAVE_task_struct_thread_node 1
#define OFF_task_struct_thread_node 144
#define LEN_task_struct_thread_node 16
#define HAVE_task_struct_start_boottime 1
#define OFF_task_struct_start_boottime 160
#define LEN_task_struct_start_boottime 8
#define HAVE_task_struct_real_cred 1
#define OFF_task_struct_real_cred 176
#define LEN_task_struct_real_cred 8
#define HAVE_task_struct_comm 1
#define OFF_task_struct_comm 192
#define LEN_task_struct_comm 16
#define HAVE_task_struct_fs 1
#define OFF_task_struct_fs 216
#define LEN_task_struct_fs 8
#define HAVE_task_struct_signal 1
#define OFF_task_struct_signal 224
#define LEN_task_struct_signal 8
#define HAVE_task_struct_sighand 1
#define OFF_task_struct_sighand 232
#define LEN_task_struct_sighand 8

#define HAVE_task_struct_thread_pid 1
#define OFF_task_struct_thread_pid 240
#define LEN_task_struct_thread_pid 8
#define HAVE_task_struct_pid_links 1
#define OFF_task_struct_pid_links 248
#define LEN_task_struct_pid_links 64

/* struct pid */
#define SIZE_pid 112
#define HAVE_pid_tasks 1
#define OFF_pid_tasks 16
#define LEN_pid_tasks 32
#define HAVE_pid_numbers 1
#define OFF_pid_numbers 96
#define LEN_pid_numbers 16

/* struct upid */
#define SIZE_upid 16
#define HAVE_upid_nr 1
#define OFF_upid_nr 0
#define LEN_upid_nr 4

/* struct pid_namespace */
#define SIZE_pid_namespace 128
#define HAVE_pid_namespace_idr 1
#define OFF_pid_namespace_idr 0
#define LEN_pid_namespace_idr 24

/* struct signal_struct */
#define SIZE_signal_struct 64
#define HAVE_signal_struct_nr_threads 1
#define OFF_signal_struct_nr_threads 8
#define LEN_signal_struct_nr_threads 4
#define HAVE_signal_struct_thread_head 1
#define OFF_signal_struct_thread_head 16
#define LEN_signal_struct_thread_head 16

/* struct cred */
#define SIZE_cred 64
#define HAVE_cred_euid 1
#define OFF_cred_euid 12
#define LEN_cred_euid 4
#define HAVE_cred_egid 1
#define OFF_cred_egid 16
#define LEN_cred_egid 4

/* struct mm_struct */
#define SIZE_mm_struct 512
#define HAVE_mm_struct_pgd 1
#define OFF_mm_struct_pgd 72
#define LEN_mm_struct_pgd 8
#define HAVE_mm_struct_arg_start 1
#define OFF_mm_struct_arg_start 128
#define LEN_mm_struct_arg_start 8
#define HAVE_mm_struct_arg_end 1
#define OFF_mm_struct_arg_end 136
#define LEN_mm_struct_arg_end 8
#define HAVE_mm_struct_env_start 1
#define OFF_mm_struct_env_start 144
#define LEN_mm_struct_env_start 8
#define HAVE_mm_struct_env_end 1
#define OFF_mm_struct_env_end 152
#define LEN_mm_struct_env_end 8
#define HAVE_mm_struct_map_count 1
#define OFF_mm_struct_map_count 400
#define LEN_mm_struct_map_count 4
#define HAVE_mm_struct_total_vm 1
#define OFF_mm_struct_total_vm 408
#define LEN_mm_struct_total_vm 8
#define HAVE_mm_struct_saved_auxv 1
#define OFF_mm_struct_saved_auxv 216
#define LEN_mm_struct_saved_auxv 128
#define COUNT_mm_struct_saved_auxv 16
#define HAVE_mm_struct_start_brk 1
#define OFF_mm_struct_start_brk 160
#define LEN_mm_struct_start_brk 8
#define HAVE_mm_struct_brk 1
#define OFF_mm_struct_brk 168
#define LEN_mm_struct_brk 8
#define HAVE_mm_struct_start_stack 1
#define OFF_mm_struct_start_stack 176
#define LEN_mm_struct_start_stack 8
#define HAVE_mm_struct_task_size 1
#define OFF_mm_struct_task_size 184
#define LEN_mm_struct_task_size 8
#define HAVE_mm_struct_exe_file 1
#define OFF_mm_struct_exe_file 200
#define LEN_mm_struct_exe_file 8
#ifdef TEST_OLD_KERNEL
#define HAVE_mm_struct_mmap 1
#define OFF_mm_struct_mmap 0
#define LEN_mm_struct_mmap 8
#define HAVE_mm_struct_mm_mt 0
#define HAVE_mm_struct_arg_lock 0
#else
#define HAVE_mm_struct_mmap 0
#define HAVE_mm_struct_mm_mt 1
#define OFF_mm_struct_mm_mt 8
#define LEN_mm_struct_mm_mt 24
#define HAVE_mm_struct_arg_lock 1
#define OFF_mm_struct_arg_lock 208
#define LEN_mm_struct_arg_lock 4
#endif

/* struct vm_area_struct */
#define SIZE_vm_area_struct 256
#define HAVE_vm_area_struct_vm_start 1
#define OFF_vm_area_struct_vm_start 0
#define LEN_vm_area_struct_vm_start 8
#define HAVE_vm_area_struct_vm_end 1
#define OFF_vm_area_struct_vm_end 8
#define LEN_vm_area_struct_vm_end 8
#define HAVE_vm_area_struct_vm_flags 1
#define OFF_vm_area_struct_vm_flags 80
#define LEN_vm_area_struct_vm_flags 8
#define HAVE_vm_area_struct_vm_pgoff 1
#define OFF_vm_area_struct_vm_pgoff 88
#define LEN_vm_area_struct_vm_pgoff 8
#define HAVE_vm_area_struct_vm_file 1
#define OFF_vm_area_struct_vm_file 96
#define LEN_vm_area_struct_vm_file 8
#define HAVE_vm_area_struct_vm_ops 1
#define OFF_vm_area_struct_vm_ops 104
#define LEN_vm_area_struct_vm_ops 8
#define HAVE_vm_area_struct_vm_private_data 1
#define OFF_vm_area_struct_vm_private_data 112
#define LEN_vm_area_struct_vm_private_data 8
#define HAVE_vm_area_struct_anon_name 0
#ifdef TEST_OLD_KERNEL
#define HAVE_vm_area_struct_vm_next 1
#define OFF_vm_area_struct_vm_next 16
#define LEN_vm_area_struct_vm_next 8
#else
#define HAVE_vm_area_struct_vm_next 0
#endif

/* struct vm_operations_struct */
#define SIZE_vm_operations_struct 128
#define HAVE_vm_operations_struct_name 1
#define OFF_vm_operations_struct_name 96
#define LEN_vm_operations_struct_name 8

/* struct vm_special_mapping */
#define SIZE_vm_special_mapping 32
#define HAVE_vm_special_mapping_name 1
#define OFF_vm_special_mapping_name 0
#define LEN_vm_special_mapping_name 8

/* maple tree */
#ifdef TEST_OLD_KERNEL
#define HAVE_struct_maple_tree 0
#else
#define HAVE_struct_maple_tree 1
#endif
#define OFF_maple_tree_ma_root 8

/* struct maple_node */
#define SIZE_maple_node 256
#define HAVE_maple_node_parent 1
#define OFF_maple_node_parent 0
#define LEN_maple_node_parent 8
#define HAVE_maple_node_slot 1
#define OFF_maple_node_slot 8
#define LEN_maple_node_slot 248
#define COUNT_maple_node_slot 31

/* struct maple_range_64 */
#define SIZE_maple_range_64 256
#define HAVE_maple_range_64_parent 1
#define OFF_maple_range_64_parent 0
#define LEN_maple_range_64_parent 8
#define HAVE_maple_range_64_pivot 1
#define OFF_maple_range_64_pivot 8
#define LEN_maple_range_64_pivot 120
#define COUNT_maple_range_64_pivot 15
#define HAVE_maple_range_64_slot 1
#define OFF_maple_range_64_slot 128
#define LEN_maple_range_64_slot 128
#define COUNT_maple_range_64_slot 16
#define HAVE_maple_range_64_meta 1
#define OFF_maple_range_64_meta 248
#define LEN_maple_range_64_meta 2

/* struct maple_arange_64 */
#define SIZE_maple_arange_64 248
#define HAVE_maple_arange_64_parent 1
#define OFF_maple_arange_64_parent 0
#define LEN_maple_arange_64_parent 8
#define HAVE_maple_arange_64_pivot 1
#define OFF_maple_arange_64_pivot 8
#define LEN_maple_arange_64_pivot 72
#define COUNT_maple_arange_64_pivot 9
#define HAVE_maple_arange_64_slot 1
#define OFF_maple_arange_64_slot 80
#define LEN_maple_arange_64_slot 80
#define COUNT_maple_arange_64_slot 10
#define HAVE_maple_arange_64_meta 1
#define OFF_maple_arange_64_meta 240
#define LEN_maple_arange_64_meta 2

/* struct maple_metadata */
#define SIZE_maple_metadata 2
#define HAVE_maple_metadata_end 1
#define OFF_maple_metadata_end 0
#define LEN_maple_metadata_end 1
#define CONST_maple_dense 0
#define CONST_maple_leaf_64 1
#define CONST_maple_range_64 2
#define CONST_maple_arange_64 3

/* xarray, radix tree */
#ifdef TEST_OLD_KERNEL
#define HAVE_struct_xarray 0
#else
#define HAVE_struct_xarray 1
#endif

/* struct radix_tree_root */
#define SIZE_radix_tree_root 16
#define HAVE_radix_tree_root_head 1
#define OFF_radix_tree_root_head 8
#define LEN_radix_tree_root_head 8

/* struct radix_tree_node */
#define SIZE_radix_tree_node 576
#define HAVE_radix_tree_node_shift 1
#define OFF_radix_tree_node_shift 0
#define LEN_radix_tree_node_shift 1
#define HAVE_radix_tree_node_slots 1
#define OFF_radix_tree_node_slots 40
#define LEN_radix_tree_node_slots 512
#define COUNT_radix_tree_node_slots 64

/* struct file */
#define SIZE_file 256
#define HAVE_file_f_path 1
#define OFF_file_f_path 16
#define LEN_file_f_path 16
#define HAVE_file_f_inode 1
#define OFF_file_f_inode 32
#define LEN_file_f_inode 8
#define HAVE_file_f_mapping 1
#define OFF_file_f_mapping 216
#define LEN_file_f_mapping 8

/* struct path */
#define SIZE_path 16
#define HAVE_path_mnt 1
#define OFF_path_mnt 0
#define LEN_path_mnt 8
#define HAVE_path_dentry 1
#define OFF_path_dentry 8
#define LEN_path_dentry 8

/* struct fs_struct */
#define SIZE_fs_struct 64
#define HAVE_fs_struct_root 1
#define OFF_fs_struct_root 24
#define LEN_fs_struct_root 16

/* struct dentry */
#define SIZE_dentry 192
#define HAVE_dentry_d_hash_pprev 1
#define OFF_dentry_d_hash_pprev 16
#define LEN_dentry_d_hash_pprev 8
#define HAVE_dentry_d_parent 1
#define OFF_dentry_d_parent 24
#define LEN_dentry_d_parent 8
#define HAVE_dentry_d_name_len 1
#define OFF_dentry_d_name_len 36
#define LEN_dentry_d_name_len 4
#define HAVE_dentry_d_name_name 1
#define OFF_dentry_d_name_name 40
#define LEN_dentry_d_name_name 8
#define HAVE_dentry_d_inode 1
#define OFF_dentry_d_inode 48
#define LEN_dentry_d_inode 8
#define HAVE_dentry_d_op 1
#define OFF_dentry_d_op 96
#define LEN_dentry_d_op 8
#define HAVE_dentry_d_sb 1
#define OFF_dentry_d_sb 104
#define LEN_dentry_d_sb 8

/* struct dentry_operations */
#define SIZE_dentry_operations 128
#define HAVE_dentry_operations_d_dname 1
#define OFF_dentry_operations_d_dname 56
#define LEN_dentry_operations_d_dname 8

/* struct mount */
#define SIZE_mount 320
#define HAVE_mount_mnt_parent 1
#define OFF_mount_mnt_parent 16
#define LEN_mount_mnt_parent 8
#define HAVE_mount_mnt_mountpoint 1
#define OFF_mount_mnt_mountpoint 24
#define LEN_mount_mnt_mountpoint 8
#define HAVE_mount_mnt 1
#define OFF_mount_mnt 32
#define LEN_mount_mnt 32

/* struct vfsmount */
#define SIZE_vfsmount 32
#define HAVE_vfsmount_mnt_root 1
#define OFF_vfsmount_mnt_root 0
#define LEN_vfsmount_mnt_root 8

/* struct inode */
#define SIZE_inode 600
#define HAVE_inode_i_ino 1
#define OFF_inode_i_ino 64
#define LEN_inode_i_ino 8
#define HAVE_inode_i_sb 1
#define OFF_inode_i_sb 40
#define LEN_inode_i_sb 8

/* struct super_block */
#define SIZE_super_block 1024
#define HAVE_super_block_s_dev 1
#define OFF_super_block_s_dev 16
#define LEN_super_block_s_dev 4
#define HAVE_super_block_s_type 1
#define OFF_super_block_s_type 40
#define LEN_super_block_s_type 8

/* struct file_system_type */
#define SIZE_file_system_type 72
#define HAVE_file_system_type_name 1
#define OFF_file_system_type_name 0
#define LEN_file_system_type_name 8

/* struct address_space */
#define SIZE_address_space 192
#define HAVE_address_space_i_pages 1
#define OFF_address_space_i_pages 8
#define LEN_address_space_i_pages 16

/* struct page */
#define SIZE_page 64
#define HAVE_page_compound_head 1
#define OFF_page_compound_head 8
#define LEN_page_compound_head 8
#define HAVE_page_index 1
#define OFF_page_index 32
#define LEN_page_index 8

/* constants */
#define HAVE_CONST_TASK_INTERRUPTIBLE 1
#define CONST_TASK_INTERRUPTIBLE 1
#define HAVE_CONST_TASK_UNINTERRUPTIBLE 1
#define CONST_TASK_UNINTERRUPTIBLE 2
#define HAVE_CONST___TASK_STOPPED 1
#define CONST___TASK_STOPPED 4
#define HAVE_CONST___TASK_TRACED 1
#define CONST___TASK_TRACED 8
#define HAVE_CONST_EXIT_DEAD 1
#define CONST_EXIT_DEAD 16
#define HAVE_CONST_EXIT_ZOMBIE 1
#define CONST_EXIT_ZOMBIE 32
#define HAVE_CONST_TASK_PARKED 1
#define CONST_TASK_PARKED 64
#define HAVE_CONST_TASK_REPORT 1
#define CONST_TASK_REPORT 127
#define HAVE_CONST_TASK_NOLOAD 1
#define CONST_TASK_NOLOAD 1024
#define HAVE_CONST_PF_EXITING 1
#define CONST_PF_EXITING 4
#define HAVE_CONST_PIDTYPE_PID 1
#define CONST_PIDTYPE_PID 0
#define HAVE_CONST_PIDTYPE_TGID 1
#define CONST_PIDTYPE_TGID 1
#define HAVE_CONST_PF_KTHREAD 1
#define CONST_PF_KTHREAD 0x200000
#define HAVE_CONST_VM_READ 1
#define CONST_VM_READ 1
#define HAVE_CONST_VM_WRITE 1
#define CONST_VM_WRITE 2
#define HAVE_CONST_VM_EXEC 1
#define CONST_VM_EXEC 4
#define HAVE_CONST_VM_MAYSHARE 1
#define CONST_VM_MAYSHARE 128
#define HAVE_CONST_HZ 1
#define CONST_HZ 250
#ifdef TEST_OLD_KERNEL
#define HAVE_CONST_TASK_IDLE 0
#define HAVE_CONST_TASK_RTLOCK_WAIT 0
#define HAVE_CONST_TASK_FROZEN 0
#else
#define HAVE_CONST_TASK_IDLE 1
#define CONST_TASK_IDLE 0x402
#define HAVE_CONST_TASK_RTLOCK_WAIT 1
#define CONST_TASK_RTLOCK_WAIT 0x1000
#define HAVE_CONST_TASK_FROZEN 1
#define CONST_TASK_FROZEN 0x8000
#endif

#endif
