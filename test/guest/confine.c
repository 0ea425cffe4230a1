// SPDX-License-Identifier: GPL-2.0-only
/*
 * confine [--user UID] [--nice N] FILE PROGRAM [ARG...]: starts a program with the
 * capabilities in FILE, in procd's format, with no_new_privs, and with a nice value.
 * procd (service/instance.c, jail/capabilities.c) does the same for a service whose
 * jail has only a name. A user other than root keeps only those that are ambient.
 */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const names[] = {
	"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL",
	"SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE",
	"NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
	"SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT",
	"SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME",
	"SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL",
	"SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM",
	"BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
};

#define COUNT ((int)(sizeof(names) / sizeof(*names)))

static char text[4096];

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "confine: %s\n", what);
	exit(127);
}

/* The capabilities in the list with this name. */
static uint64_t parse(const char *set)
{
	char *list = strstr(text, set), *end, *name, *rest;
	uint64_t caps = 0;
	int cap;

	if (!list || !(list = strchr(list, '[')) || !(end = strchr(list, ']')))
		die("FILE lacks a set of capabilities");
	list = strndup(list, end - list);
	for (name = strtok_r(list, "[\", \t\n", &rest); name; name = strtok_r(NULL, "\", \t\n", &rest)) {
		for (cap = 0; cap < COUNT; cap++)
			if (!strncmp(name, "CAP_", 4) && !strcmp(name + 4, names[cap]))
				break;
		if (cap == COUNT)
			die(name);
		caps |= 1ULL << cap;
	}
	free(list);
	return caps;
}

int main(int argc, char **argv)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	uint64_t bounding, effective, permitted, inheritable, ambient;
	FILE *file;
	int cap, i, uid = 0;

	if (argc > 2 && !strcmp(argv[1], "--user")) {
		uid = atoi(argv[2]);
		argc -= 2;
		argv += 2;
	}
	if (argc > 2 && !strcmp(argv[1], "--nice")) {
		if (setpriority(PRIO_PROCESS, 0, atoi(argv[2])))
			die("cannot set the nice value");
		argc -= 2;
		argv += 2;
	}
	if (argc < 3 || !(file = fopen(argv[1], "r")))
		die("usage: confine [--user UID] [--nice N] FILE PROGRAM [ARG...]");
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	bounding = parse("\"bounding\"");
	effective = parse("\"effective\"");
	permitted = parse("\"permitted\"");
	inheritable = parse("\"inheritable\"");
	ambient = uid ? parse("\"ambient\"") : 0;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (!(bounding >> cap & 1) && prctl(PR_CAPBSET_DROP, cap))
			die("cannot drop a capability from the bounding set");
	for (i = 0; i < 2; i++) {
		data[i].effective = effective >> 32 * i;
		data[i].permitted = permitted >> 32 * i;
		data[i].inheritable = inheritable >> 32 * i;
	}
	if (uid && (prctl(PR_SET_KEEPCAPS, 1) || setgid(uid) || setuid(uid)))
		die("cannot change the user");
	if (syscall(SYS_capset, &head, data))
		die("cannot set the capabilities");
	for (cap = 0; cap < COUNT; cap++)
		if (ambient >> cap & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0))
			die("cannot raise an ambient capability");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die("cannot set no_new_privs");
	execvp(argv[2], argv + 2);
	die("cannot start the program");
}
