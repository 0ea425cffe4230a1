// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the claim. The process that has it logs every record.
 */
#include <linux/export.h>
#include <linux/init.h>
#include <linux/kprobes.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#include "internal.h"

/**
 * struct sigtrail_claim - the process that has claimed the log
 * @portid: its netlink socket, 0 if no process has claimed the log
 * @name: its comm
 */
struct sigtrail_claim {
	u32 portid;
	char name[SIGTRAIL_NAME_LEN];
};

/* Protects sigtrail_claim and sigtrail_state.claim_pid. */
static DEFINE_SPINLOCK(sigtrail_claim_lock);
static struct sigtrail_claim sigtrail_claim;

/**
 * sigtrail_claimed_by_current - has this process claimed the log?
 *
 * Called by the trigger module's probes.
 *
 * Context: any.
 * Return: whether current is a thread of the process that has.
 */
bool __kprobes sigtrail_claimed_by_current(void)
{
	return task_tgid_nr(current) == sigtrail_claim_pid();
}
EXPORT_SYMBOL_GPL(sigtrail_claimed_by_current);

/**
 * sigtrail_claim_put - add the claim's pid and name to a message
 * @skb: the message
 *
 * Return: 0, or -EMSGSIZE.
 */
int sigtrail_claim_put(struct sk_buff *skb)
{
	struct sigtrail_claim claim;
	u32 pid;

	spin_lock(&sigtrail_claim_lock);
	claim = sigtrail_claim;
	pid = sigtrail_state.claim_pid;
	spin_unlock(&sigtrail_claim_lock);

	if (nla_put_u32(skb, SIGTRAIL_ATTR_CLAIM_PID, pid) ||
	    (pid &&
	     nla_put_string(skb, SIGTRAIL_ATTR_CLAIM_NAME, claim.name)))
		return -EMSGSIZE;
	return 0;
}

/**
 * sigtrail_claim_set - SIGTRAIL_CMD_CLAIM: the request's socket gets the claim
 * @request: the request
 * @info: the parsed request
 *
 * Return: 0, or -EBUSY if another socket has it.
 */
int sigtrail_claim_set(struct sk_buff *request, struct genl_info *info)
{
	int err = 0;

	spin_lock(&sigtrail_claim_lock);
	if (sigtrail_claim.portid &&
	    sigtrail_claim.portid != info->snd_portid) {
		NL_SET_ERR_MSG(info->extack,
			       "another process has claimed the log");
		err = -EBUSY;
	} else {
		sigtrail_claim.portid = info->snd_portid;
		memcpy(sigtrail_claim.name, current->group_leader->comm,
		       SIGTRAIL_NAME_LEN);
		sigtrail_claim.name[SIGTRAIL_NAME_LEN - 1] = '\0';
		WRITE_ONCE(sigtrail_state.claim_pid, task_tgid_nr(current));
	}
	spin_unlock(&sigtrail_claim_lock);

	/* From now on "auto" prints no line that this could go with. */
	if (!err)
		sigtrail_print_held_back();
	return err;
}

/* A socket is closed, also when its process ends. */
static int sigtrail_netlink_notify(struct notifier_block *nb,
				   unsigned long event, void *data)
{
	struct netlink_notify *n = data;

	if (event != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC ||
	    !net_eq(n->net, &init_net))
		return NOTIFY_DONE;

	spin_lock(&sigtrail_claim_lock);
	if (sigtrail_claim.portid && sigtrail_claim.portid == n->portid) {
		sigtrail_claim.portid = 0;
		WRITE_ONCE(sigtrail_state.claim_pid, 0);
	}
	spin_unlock(&sigtrail_claim_lock);

	return NOTIFY_DONE;
}

static struct notifier_block sigtrail_netlink_notifier = {
	.notifier_call = sigtrail_netlink_notify,
};

/**
 * sigtrail_claim_init - watch for closed sockets
 *
 * Return: 0, or an error of netlink_register_notifier().
 */
int __init sigtrail_claim_init(void)
{
	return netlink_register_notifier(&sigtrail_netlink_notifier);
}
