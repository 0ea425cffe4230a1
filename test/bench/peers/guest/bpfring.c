// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpfring writes signals to a file, by a BPF program at the raw tracepoint
 * signal_generate and a ring buffer, as a small tool without libbpf would do it.
 *
 *	bpfring FILE [MS]
 *
 * A record wakes it if it has read all before that one. With MS it then waits so long
 * for more, which do not wake it, as sigtrail's kernel part does for its listeners.
 *
 * It ends on SIGTERM, when it has read what is in the ring, and prints how many
 * records were written and how many found no room.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* About the size of sigtrail's ring; a power of two. */
#define RING (256 << 10)
/* Enough for the head of a task_struct that has pid, tgid and comm. */
#define TASK 4096
#define NAME "bpfring-a7c1e95"

/* What sigtrail has of a signal, but for the sender's parent and the uids. */
struct record {
	uint64_t time;
	uint64_t sender; /* process and thread */
	uint32_t signal, code, outcome;
	uint32_t target[2]; /* thread and process */
	char sender_name[16], target_name[16];
	uint32_t padding;
};

static struct bpf_insn program[128];
static int length;

static void __attribute__((format(printf, 1, 2), noreturn)) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("bpfring: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr, const char *what)
{
	int result = syscall(__NR_bpf, cmd, attr, sizeof(*attr));

	if (result < 0)
		die("%s: %m", what);
	return result;
}

static void add(int code, int dst, int src, int off, int imm)
{
	program[length++] = (struct bpf_insn){ code, dst, src, off, imm };
}

static void move(int dst, int src)
{
	add(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
}

static void set(int dst, int value)
{
	add(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value);
}

static void increase(int dst, int by)
{
	add(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, by);
}

static void load(int dst, int src, int off)
{
	add(BPF_LDX | BPF_MEM | BPF_DW, dst, src, off, 0);
}

static void store(int size, int dst, int off, int src)
{
	add(BPF_STX | BPF_MEM | size, dst, src, off, 0);
}

static void call(int function)
{
	add(BPF_JMP | BPF_CALL, 0, 0, 0, function);
}

/* A map, or the address of its first value. */
static void load_map(int dst, int kind, int map)
{
	add(BPF_LD | BPF_IMM | BPF_DW, dst, kind, 0, map);
	add(0, 0, 0, 0, 0);
}

static void leave(void)
{
	set(BPF_REG_0, 0);
	add(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static int make_map(enum bpf_map_type type, int key, int value, int entries)
{
	union bpf_attr attr = {
		.map_type = type, .key_size = key, .value_size = value, .max_entries = entries,
	};

	return bpf(BPF_MAP_CREATE, &attr, "map");
}

static uint64_t read_map(int map, void *value)
{
	uint32_t key = 0;
	union bpf_attr attr = { .map_fd = map, .key = (uintptr_t)&key, .value = (uintptr_t)value };

	return bpf(BPF_MAP_LOOKUP_ELEM, &attr, "map's value");
}

/* Loads the program and attaches it. It is detached when the result is closed. */
static int attach(void)
{
	static char log[65536];
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT, .insns = (uintptr_t)program,
		.insn_cnt = length, .license = (uintptr_t)"GPL",
		.log_buf = (uintptr_t)log, .log_size = sizeof(log), .log_level = 1,
	};
	int fd = syscall(__NR_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	if (fd < 0)
		die("program: %m: %s", log);
	attr = (union bpf_attr){ .info = {
		.bpf_fd = fd, .info_len = sizeof(info), .info = (uintptr_t)&info,
	} };
	bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, "program's size");
	if (!info.jited_prog_len)
		die("the program is interpreted: echo 1 >/proc/sys/net/core/bpf_jit_enable");
	attr = (union bpf_attr){ .raw_tracepoint = {
		.name = (uintptr_t)"signal_generate", .prog_fd = fd,
	} };
	length = 0;
	return bpf(BPF_RAW_TRACEPOINT_OPEN, &attr, "signal_generate");
}

/*
 * Finds pid and comm in a task_struct, without the kernel's headers or BTF: a program
 * copies ours, where the name is one that nothing else has.
 */
static void find_fields(int *pid, int *comm)
{
	static char task[TASK];
	int32_t both[2] = { getpid(), getpid() };
	int map = make_map(BPF_MAP_TYPE_ARRAY, 4, TASK, 1);
	int link;
	char *found;

	call(BPF_FUNC_get_current_task);
	move(BPF_REG_3, BPF_REG_0);
	load_map(BPF_REG_1, BPF_PSEUDO_MAP_VALUE, map);
	set(BPF_REG_2, TASK);
	call(BPF_FUNC_probe_read_kernel);
	leave();
	prctl(PR_SET_NAME, NAME);
	link = attach();
	raise(SIGWINCH);
	close(link);
	read_map(map, task);
	close(map);

	found = memmem(task, TASK, NAME, sizeof(NAME));
	*comm = found - task;
	if (!found)
		die("task_struct: no name found");
	found = memmem(task, *comm, both, sizeof(both));
	*pid = found - task;
	if (!found)
		die("task_struct: no process id found");
}

static void copy_kernel(int to, int size)
{
	move(BPF_REG_1, BPF_REG_7);
	increase(BPF_REG_1, to);
	set(BPF_REG_2, size);
	call(BPF_FUNC_probe_read_kernel);
}

/* The argument of the tracepoint: sig, info, task, group, result. */
static void load_argument(int dst, int n)
{
	load(dst, BPF_REG_6, n * 8);
}

static void write_program(int ring, int lost, int pid, int comm)
{
	int jump;

	move(BPF_REG_6, BPF_REG_1);
	load_map(BPF_REG_1, BPF_PSEUDO_MAP_FD, ring);
	set(BPF_REG_2, sizeof(struct record));
	set(BPF_REG_3, 0);
	call(BPF_FUNC_ringbuf_reserve);
	jump = length;
	add(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 0, 0);
	move(BPF_REG_7, BPF_REG_0);

	call(BPF_FUNC_ktime_get_ns);
	store(BPF_DW, BPF_REG_7, offsetof(struct record, time), BPF_REG_0);
	call(BPF_FUNC_get_current_pid_tgid);
	store(BPF_DW, BPF_REG_7, offsetof(struct record, sender), BPF_REG_0);
	move(BPF_REG_1, BPF_REG_7);
	increase(BPF_REG_1, offsetof(struct record, sender_name));
	set(BPF_REG_2, 16);
	call(BPF_FUNC_get_current_comm);
	load_argument(BPF_REG_1, 0);
	store(BPF_W, BPF_REG_7, offsetof(struct record, signal), BPF_REG_1);
	load_argument(BPF_REG_1, 4);
	store(BPF_W, BPF_REG_7, offsetof(struct record, outcome), BPF_REG_1);
	load_argument(BPF_REG_3, 1);
	increase(BPF_REG_3, 8); /* si_code, in the kernel's siginfo, too */
	copy_kernel(offsetof(struct record, code), 4);
	load_argument(BPF_REG_3, 2);
	increase(BPF_REG_3, pid);
	copy_kernel(offsetof(struct record, target), 8);
	load_argument(BPF_REG_3, 2);
	increase(BPF_REG_3, comm);
	copy_kernel(offsetof(struct record, target_name), 16);
	move(BPF_REG_1, BPF_REG_7);
	set(BPF_REG_2, 0);
	call(BPF_FUNC_ringbuf_submit);
	leave();

	/* Not atomic, as ARM's JIT has no atomic addition: exact with one processor. */
	program[jump].off = length - jump - 1;
	load_map(BPF_REG_1, BPF_PSEUDO_MAP_VALUE, lost);
	load(BPF_REG_2, BPF_REG_1, 0);
	increase(BPF_REG_2, 1);
	store(BPF_DW, BPF_REG_1, 0, BPF_REG_2);
	leave();
}

static int pipe_end[2];

static void end(int unused)
{
	(void)unused;
	if (write(pipe_end[1], "", 1) != 1)
		_exit(1);
}

struct ring {
	unsigned long *consumer, *producer;
	char *data;
};

static struct ring map_ring(int fd)
{
	size_t page = sysconf(_SC_PAGESIZE);
	struct ring r;

	r.consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	/* The data is there twice, so that no record is cut in two. */
	r.producer = mmap(NULL, page + 2 * RING, PROT_READ, MAP_SHARED, fd, page);
	if (r.consumer == MAP_FAILED || r.producer == MAP_FAILED)
		die("mmap: %m");
	r.data = (char *)r.producer + page;
	return r;
}

/* Writes the records that are there by one write, and returns their number. */
static long consume(struct ring *r, int out)
{
	static struct record batch[RING / sizeof(struct record)];
	unsigned long at = *r->consumer;
	unsigned long to = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
	long n = 0;

	while (at < to) {
		char *header = r->data + (at & (RING - 1));
		uint32_t size = __atomic_load_n((uint32_t *)header, __ATOMIC_ACQUIRE);

		if (size & BPF_RINGBUF_BUSY_BIT)
			break;
		memcpy(&batch[n++], header + BPF_RINGBUF_HDR_SZ, sizeof(*batch));
		at += (size + BPF_RINGBUF_HDR_SZ + 7) & ~7;
	}
	__atomic_store_n(r->consumer, at, __ATOMIC_RELEASE);
	if (n && write(out, batch, n * sizeof(*batch)) != (ssize_t)(n * sizeof(*batch)))
		die("write: %m");
	return n;
}

int main(int argc, char **argv)
{
	struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };
	int out, map, lost_map, pid, comm;
	struct ring r;
	uint64_t lost;
	long kept = 0, n;

	if (argc != 2 && argc != 3)
		die("usage: bpfring FILE [MS]");
	out = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (out < 0 || pipe(pipe_end))
		die("%s: %m", argv[1]);
	find_fields(&pid, &comm);
	map = make_map(BPF_MAP_TYPE_RINGBUF, 0, 0, RING);
	lost_map = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 1);
	r = map_ring(map);
	write_program(map, lost_map, pid, comm);
	attach();

	signal(SIGTERM, end);
	puts("ready");
	fflush(stdout);
	fds[0].fd = map;
	fds[1].fd = pipe_end[0];
	while (!fds[1].revents) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			die("poll: %m");
		if (argc == 3)
			poll(&fds[1], 1, atoi(argv[2]));
		kept += consume(&r, out);
	}
	while ((n = consume(&r, out)))
		kept += n;
	read_map(lost_map, &lost);
	printf("kept=%ld lost=%llu\n", kept, (unsigned long long)lost);
	return 0;
}
