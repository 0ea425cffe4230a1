// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: have the listeners room for a message?
 *
 * A multicast returns -ESRCH if there is no listener, and if the queues of all are
 * full: these have then got ENOBUFS, and lost the message. So the relay looks before.
 * Netlink has no function for it in all versions; the table of the sockets is in its
 * own header, as for its diag.c.
 */
#include <linux/netlink.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "../../net/netlink/af_netlink.h"
#include "internal.h"

/* What the largest message takes in a queue. */
#define SIGTRAIL_MESSAGE_SIZE SKB_TRUESIZE(NLMSG_GOODSIZE)
/* NETLINK_S_CONGESTED of af_netlink.c: it gets nothing until it has read all. */
#define SIGTRAIL_NETLINK_CONGESTED 0

/* As netlink_broadcast_deliver() has it. An empty queue takes any message. */
static bool sigtrail_listener_has_room(const struct netlink_sock *nlk)
{
	int used = atomic_read(&nlk->sk.sk_rmem_alloc);

	return !test_bit(SIGTRAIL_NETLINK_CONGESTED, &nlk->state) &&
	       (!used || used + SIGTRAIL_MESSAGE_SIZE <=
				 READ_ONCE(nlk->sk.sk_rcvbuf));
}

/**
 * sigtrail_listeners - the members of a group of generic netlink
 * @group: the group
 *
 * Only those of the initial network namespace: others are sent nothing, or, with
 * NETLINK_LISTEN_ALL_NSID, nothing is kept for them.
 *
 * Context: task context.
 * Return: whether there are any, and whether one has room for a message.
 */
enum sigtrail_listeners sigtrail_listeners(u32 group)
{
	enum sigtrail_listeners found = SIGTRAIL_LISTENERS_NONE;
	struct sock *sk;

	read_lock(&nl_table_lock);
	sk_for_each_bound(sk, &nl_table[NETLINK_GENERIC].mc_list) {
		const struct netlink_sock *nlk = nlk_sk(sk);

		if (group - 1 >= nlk->ngroups ||
		    !test_bit(group - 1, nlk->groups) ||
		    !net_eq(sock_net(sk), &init_net))
			continue;
		found = SIGTRAIL_LISTENERS_FULL;
		if (sigtrail_listener_has_room(nlk)) {
			found = SIGTRAIL_LISTENERS_ROOM;
			break;
		}
	}
	read_unlock(&nl_table_lock);

	return found;
}
