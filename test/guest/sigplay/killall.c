// SPDX-License-Identifier: GPL-2.0-only
/*
 * kill(-1) in a pid namespace, where the receivers are the only other processes.
 * Each process there sends a datagram, whose credentials have its pid outside of
 * the namespace.
 */
#include "sigplay.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define RECEIVERS 3
#define SENDER RECEIVERS

static const char *const part_names[] = { "killall-0", "killall-1", "killall-2",
					  "killall-sender" };

static void join(int part, int sock)
{
	prctl(PR_SET_NAME, part_names[part]);
	if (part != SENDER)
		player_catch(SIGTERM);
	if (send(sock, &part, sizeof(part), 0) < 0)
		die("killall: send: %m");
}

static void take_part(int part, int sock, int go)
{
	char c;

	join(part, sock);
	if (part != SENDER) {
		player_wait_caught(1);
		_exit(caught == 1 ? 0 : 1);
	}
	if (read(go, &c, 1) != 1 || kill(-1, SIGTERM))
		die("killall: %m");
	_exit(0);
}

/* Process 1 of the namespace; kill(-1) does not signal it. */
static void be_init(int sock, int go)
{
	int status, failed = 0;

	for (int part = 0; part <= SENDER; part++)
		if (!fork_or_die())
			take_part(part, sock, go);
	for (int part = 0; part <= SENDER; part++)
		if (wait(&status) < 0 || status)
			failed = 1;
	_exit(failed);
}

static void receive_pid(int sock, pid_t *pids)
{
	char control[CMSG_SPACE(sizeof(struct ucred))];
	int part = -1;
	struct iovec data = { &part, sizeof(part) };
	struct msghdr msg = { .msg_iov = &data, .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg;
	struct ucred cred;

	if (recvmsg(sock, &msg, 0) != sizeof(part) || part < 0 || part > SENDER)
		die("killall: recvmsg: %m");
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg || cmsg->cmsg_type != SCM_CREDENTIALS)
		die("killall: no credentials");
	memcpy(&cred, CMSG_DATA(cmsg), sizeof(cred));
	pids[part] = cred.pid;
}

void killall(void)
{
	static const struct role init_role = { "killall-init", NULL, NULL, 0 };
	int socks[2], go[2], on = 1;
	pid_t init, pids[RECEIVERS + 1];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, socks) || pipe(go) ||
	    setsockopt(socks[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)))
		die("killall: %m");
	if (unshare(CLONE_NEWPID)) /* for the next children */
		die("killall: no pid namespace: %m");
	init = fork_or_die();
	if (!init) {
		if (getpid() != 1)
			die("killall: not in a new pid namespace");
		be_init(socks[1], go[0]);
	}
	for (int part = 0; part <= SENDER; part++)
		receive_pid(socks[0], pids);
	if (write(go[1], "", 1) != 1)
		die("killall: %m");
	player_await(init, &init_role);

	for (int part = 0; part < RECEIVERS; part++)
		note_write(&(struct note){
			.scenario = "killall", .sender_pid = pids[SENDER],
			.sender_tid = pids[SENDER],
			.sender_name = part_names[SENDER],
			.target_pid = pids[part], .target_tid = pids[part],
			.target_name = part_names[part], .sig = SIGTERM,
			.code = SI_USER, .scope = "process",
			.outcome = "delivered" });
}
