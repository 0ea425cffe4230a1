// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the claim. The process that has it logs every record. It ends with its
 * socket, and with its process.
 */
#include <linux/atomic.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/kprobes.h>
#include <linux/lockdep.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "internal.h"
#include "line.h"
#include "sender.h"

/**
 * struct sigtrail_claim - the process that has claimed the log
 * @sk: its netlink socket, with a reference; a claim that has ended with its process
 *	may leave one
 * @portid: the socket's port
 * @owner: the process
 *
 * The log is claimed while sigtrail_state.claim_pid is not 0, and @sk not closed.
 */
struct sigtrail_claim {
	struct sock *sk;
	u32 portid;
	struct sigtrail_task owner;
};

/*
 * Protects sigtrail_claim, and sigtrail_state.claim_pid where it is set. The end of
 * the process clears it without the lock. Records are made with the lock held: they
 * are in the order of what they report, except for the end of a process. Who takes
 * the pid out of claim_pid makes the record of the claim's end, so there is one.
 */
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
	pid = sigtrail_claim_pid();
	spin_unlock(&sigtrail_claim_lock);

	if (nla_put_u32(skb, SIGTRAIL_ATTR_CLAIM_PID, pid) ||
	    (pid &&
	     nla_put_string(skb, SIGTRAIL_ATTR_CLAIM_NAME, claim.owner.name)))
		return -EMSGSIZE;
	return 0;
}

/*
 * Has another process or socket the claim? Its socket can be closed, but not yet
 * reported as closed: it is marked so soon after its port is free for another one.
 */
static bool sigtrail_claim_is_others(const struct sock *sk, u32 portid)
{
	const struct sigtrail_claim *claim = &sigtrail_claim;
	u32 pid = sigtrail_claim_pid();

	lockdep_assert_held(&sigtrail_claim_lock);
	if (!pid)
		return false;
	if (claim->sk == sk)
		return pid != task_tgid_nr(current);
	return claim->portid != portid && !sock_flag(claim->sk, SOCK_DEAD);
}

static void sigtrail_claim_record(u8 kind, struct sigtrail_record *rec)
{
	rec->time = local_clock();
	rec->kind = kind;
	sigtrail_record_add(SIGTRAIL_SHARE_COMMON, rec);
}

/* Replaces the pid. 0: there was no claim, or the end of its process was faster. */
static u32 sigtrail_claim_take(u32 new_pid)
{
	u32 pid = xchg(&sigtrail_state.claim_pid, new_pid);

	lockdep_assert_held(&sigtrail_claim_lock);
	sigtrail_generation_next();
	return pid;
}

/* The claim of sigtrail_claim.owner has ended by its socket. */
static void sigtrail_claim_record_end(void)
{
	struct sigtrail_record rec = { .sender = sigtrail_claim.owner };

	sigtrail_claim_record(SIGTRAIL_KIND_CLAIM_END, &rec);
}

/* Returns the socket of the claim before. */
static struct sock *sigtrail_claim_change(struct sock *sk, u32 portid)
{
	struct sock *before = sigtrail_claim.sk;
	u32 pid = task_tgid_nr(current);
	struct sigtrail_record rec = { };
	u32 pid_before = sigtrail_claim_take(pid);

	if (pid_before == pid && before == sk)	/* it has the claim already */
		return before;
	if (pid_before)
		sigtrail_claim_record_end();
	sigtrail_caller_fill(&rec);
	sigtrail_claim.sk = sk;
	sigtrail_claim.portid = portid;
	sigtrail_claim.owner = rec.sender;
	sigtrail_claim_record(SIGTRAIL_KIND_CLAIM, &rec);
	return before;
}

/**
 * sigtrail_claim_set - SIGTRAIL_CMD_CLAIM: process and socket get the claim
 * @request: the request
 * @info: the parsed request
 *
 * Return: 0, or -EBUSY if another process or another socket has it.
 */
int sigtrail_claim_set(struct sk_buff *request, struct genl_info *info)
{
	struct sock *sk = NETLINK_CB(request).sk;
	struct sock *unused = sk;
	int err = 0;

	sock_hold(sk);
	spin_lock(&sigtrail_claim_lock);
	if (sigtrail_claim_is_others(sk, info->snd_portid)) {
		NL_SET_ERR_MSG(info->extack,
			       "another process has claimed the log");
		err = -EBUSY;
	} else {
		unused = sigtrail_claim_change(sk, info->snd_portid);
	}
	spin_unlock(&sigtrail_claim_lock);
	if (unused)
		sock_put(unused);

	/* From now on "auto" prints no line that this could go with. */
	if (!err)
		sigtrail_print_held_back();
	return err;
}

/**
 * sigtrail_claim_end - a process ends: so does its claim
 * @p: its leader
 *
 * Another process may have inherited the socket. No lock: the process can no
 * longer set the claim, and another one's is not touched. An interrupt can ask for
 * tasklist_lock while the claim's lock is held.
 *
 * Context: tasklist_lock held for writing.
 */
void sigtrail_claim_end(struct task_struct *p)
{
	struct sigtrail_record rec = { };
	u32 pid = task_tgid_nr(p);

	if (sigtrail_claim_pid() != pid ||
	    cmpxchg(&sigtrail_state.claim_pid, pid, 0) != pid)
		return;
	sigtrail_generation_next();

	rcu_read_lock();
	sigtrail_task_fill(&rec.sender, p);
	rec.sender.uid = __kuid_val(task_uid(p));
	rcu_read_unlock();
	sigtrail_claim_record(SIGTRAIL_KIND_CLAIM_END, &rec);
}

/*
 * A socket is closed, also when its process ends. The message has its port, but not
 * the socket, and another one may have the port by now: so look at our own.
 */
static int sigtrail_netlink_notify(struct notifier_block *nb,
				   unsigned long event, void *data)
{
	struct netlink_notify *n = data;
	struct sock *closed = NULL;

	if (event != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;

	spin_lock(&sigtrail_claim_lock);
	if (sigtrail_claim.sk && sock_flag(sigtrail_claim.sk, SOCK_DEAD)) {
		closed = sigtrail_claim.sk;
		sigtrail_claim.sk = NULL;
		if (sigtrail_claim_take(0))
			sigtrail_claim_record_end();
	}
	spin_unlock(&sigtrail_claim_lock);
	if (closed)
		sock_put(closed);

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
