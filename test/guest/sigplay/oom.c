// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that the OOM killer ends: in its own memory cgroup if that is
 * possible, else by using up all memory of the machine.
 */
#include "sigplay.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK (1 << 20)

static bool write_file(const char *dir, const char *name, const char *text)
{
	char path[96];
	int fd, ret;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return false;
	ret = write(fd, text, strlen(text));
	close(fd);
	return ret > 0;
}

/* The OOM killer takes it first, and not its parent. */
static pid_t volunteer(void)
{
	if (!write_file("/proc/self", "oom_score_adj", "1000"))
		die("oom: oom_score_adj: %m");
	return gettid();
}

static void use_up_memory(void)
{
	for (;;) {
		char *chunk = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (chunk == MAP_FAILED) /* no more addresses */
			_exit(255);
		memset(chunk, 1, CHUNK);
	}
}

static bool confine(const char *group, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return write_file(group, "memory.max", "16M") &&
	       write_file(group, "cgroup.procs", text);
}

void oom(void)
{
	static const struct role role = { "oom", volunteer, use_up_memory, -SIGKILL };
	char root[] = "/tmp/sigplay.XXXXXX", group[sizeof(root) + 4];
	bool confined = false;
	struct player p;

	if (!mkdtemp(root))
		die("oom: %s: %m", root);
	snprintf(group, sizeof(group), "%s/oom", root);
	player_start(&p, &role);
	if (!write_file("/proc/self", "oom_score_adj", "-1000"))
		die("oom: oom_score_adj: %m");
	if (!mount("none", root, "cgroup2", 0, NULL)) {
		confined = write_file(root, "cgroup.subtree_control", "+memory") &&
			   !mkdir(group, 0755) && confine(group, p.pid);
	}
	player_act(&p);
	player_end(&p, &role);
	rmdir(group);
	umount(root);
	rmdir(root);

	/* In a cgroup the allocating task sends it; else it can be any task. */
	note_write(&(struct note){
		.scenario = "oom", .context_pid = confined ? p.pid : 0,
		.context_tid = confined ? p.tid : 0, .target_pid = p.pid,
		.target_tid = p.tid, .target_name = p.name, .sig = SIGKILL,
		.code = SI_KERNEL, .scope = "process", .outcome = "delivered",
		.kernel = true });
}
