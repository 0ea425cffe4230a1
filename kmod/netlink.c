// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: the generic netlink family "sigtrailtrigger", in the
 * initial network namespace. All commands need CAP_NET_ADMIN there; those that
 * change the kernel's code need CAP_SYS_ADMIN, too.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#include "compat.h"
#include "trigger.h"

/* Without the OOM killer: a notice must not cause a kill. */
#define NOTICE_GFP (GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)

static_assert(sizeof(SIGTRAIL_TRIGGER_FAMILY_NAME) <= GENL_NAMSIZ);

static struct genl_family trigger_family __ro_after_init;

static int trigger_put(struct sk_buff *skb, void *hdr,
		       const struct sigtrail_trigger *t)
{
	if (!hdr)
		return -EMSGSIZE;
	if (sigtrail_trigger_message_put(skb, t)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* Sends or frees the message. */
static int trigger_reply(struct sk_buff *skb, struct genl_info *info,
			 const struct sigtrail_trigger *t)
{
	void *hdr = genlmsg_put_reply(skb, info, &trigger_family, 0,
				      info->genlhdr->cmd);
	int err = trigger_put(skb, hdr, t);

	if (err) {
		nlmsg_free(skb);
		return err;
	}
	return genlmsg_reply(skb, info);
}

static u32 attr_u32(struct genl_info *info, int attr, u32 otherwise)
{
	return info->attrs[attr] ? nla_get_u32(info->attrs[attr]) : otherwise;
}

static int spec_get(struct sigtrail_trigger_spec *spec, struct genl_info *info)
{
	struct nlattr *symbol = info->attrs[SIGTRAIL_TRIGGER_ATTR_SYMBOL];
	struct nlattr *name = info->attrs[SIGTRAIL_TRIGGER_ATTR_TARGET_NAME];

	if (!symbol || !name) {
		NL_SET_ERR_MSG(info->extack,
			       "a trigger needs a symbol and a process name");
		return -EINVAL;
	}
	spec->offset = attr_u32(info, SIGTRAIL_TRIGGER_ATTR_OFFSET, 0);
	spec->skip = attr_u32(info, SIGTRAIL_TRIGGER_ATTR_SKIP, 0);
	spec->per = attr_u32(info, SIGTRAIL_TRIGGER_ATTR_PER,
			     SIGTRAIL_TRIGGER_PER_PROCESS);
	spec->rate = attr_u32(info, SIGTRAIL_TRIGGER_ATTR_RATE,
			      SIGTRAIL_TRIGGER_RATE_DEFAULT);
	return sigtrail_trigger_spec_set_names(spec, nla_data(symbol),
					       nla_data(name), info->extack);
}

/*
 * Of the process; and of the one that opened the socket, unless the message names
 * its destination.
 */
static int trigger_may_change(struct sk_buff *request, struct genl_info *info)
{
	if (netlink_capable(request, CAP_SYS_ADMIN))
		return 0;
	NL_SET_ERR_MSG(info->extack,
		       "adding and deleting triggers needs CAP_SYS_ADMIN in the initial user namespace");
	return -EPERM;
}

static int trigger_add(struct sk_buff *request, struct genl_info *info)
{
	struct sigtrail_trigger_spec spec = {};
	struct sigtrail_trigger *t;
	struct sk_buff *skb;
	int err = trigger_may_change(request, info);

	if (!err)
		err = spec_get(&spec, info);
	if (err)
		return err;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;

	mutex_lock(&sigtrail_trigger_table_mutex);
	t = sigtrail_trigger_table_add(&spec, info->extack);
	if (IS_ERR(t)) {
		err = PTR_ERR(t);
		nlmsg_free(skb);
	} else {
		err = trigger_reply(skb, info, t);
		/* Without a reply the client does not know its id. */
		if (err) {
			sigtrail_trigger_table_remove(t);
			kfree(t);
		}
	}
	mutex_unlock(&sigtrail_trigger_table_mutex);

	return err;
}

static int trigger_del(struct sk_buff *request, struct genl_info *info)
{
	u32 id = attr_u32(info, SIGTRAIL_TRIGGER_ATTR_ID, 0);
	int err = trigger_may_change(request, info);
	struct sigtrail_trigger *t;
	struct sk_buff *skb;

	if (err)
		return err;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;

	mutex_lock(&sigtrail_trigger_table_mutex);
	t = sigtrail_trigger_table_from(id);
	if (t && t->id == id) {
		sigtrail_trigger_table_remove(t);
		err = trigger_reply(skb, info, t);
		kfree(t);
	} else {
		NL_SET_ERR_MSG(info->extack, "no trigger with that id");
		err = -ENOENT;
		nlmsg_free(skb);
	}
	mutex_unlock(&sigtrail_trigger_table_mutex);

	return err;
}

static int trigger_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct sigtrail_trigger *t;
	void *hdr;

	mutex_lock(&sigtrail_trigger_table_mutex);
	while ((t = sigtrail_trigger_table_from(cb->args[0]))) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &trigger_family,
				  NLM_F_MULTI, SIGTRAIL_TRIGGER_CMD_GET);
		if (trigger_put(skb, hdr, t))
			break;
		cb->args[0] = t->id + 1;
	}
	mutex_unlock(&sigtrail_trigger_table_mutex);

	return skb->len;
}

/**
 * sigtrail_trigger_notice_multicast - send a notice to the group "triggers"
 * @notice: the notice
 *
 * Context: the work.
 * Return: false if there was no memory, or a listener with
 * NETLINK_BROADCAST_ERROR did not get it; true also without a listener.
 */
bool sigtrail_trigger_notice_multicast(const struct sigtrail_trigger_notice *notice)
{
	struct sk_buff *skb;
	void *hdr;
	int err;

	if (!genl_has_listeners(&trigger_family, &init_net, 0))
		return true;

	skb = genlmsg_new(sigtrail_trigger_message_notice_size(), NOTICE_GFP);
	if (!skb)
		return false;
	hdr = genlmsg_put(skb, 0, 0, &trigger_family, 0,
			  SIGTRAIL_TRIGGER_CMD_NOTICE);
	if (!hdr || sigtrail_trigger_message_put_notice(skb, notice)) {
		nlmsg_free(skb);
		return false;
	}
	genlmsg_end(skb, hdr);
	err = genlmsg_multicast_netns(&trigger_family, &init_net, skb, 0, 0,
				      NOTICE_GFP);
	return !err || err == -ESRCH;
}

static const struct nla_policy add_policy[] = {
	[SIGTRAIL_TRIGGER_ATTR_SYMBOL] = { .type = NLA_NUL_STRING },
	[SIGTRAIL_TRIGGER_ATTR_OFFSET] = { .type = NLA_U32 },
	[SIGTRAIL_TRIGGER_ATTR_TARGET_NAME] = { .type = NLA_NUL_STRING },
	[SIGTRAIL_TRIGGER_ATTR_SKIP] = { .type = NLA_U32 },
	[SIGTRAIL_TRIGGER_ATTR_PER] = { .type = NLA_U32 },
	[SIGTRAIL_TRIGGER_ATTR_RATE] = { .type = NLA_U32 },
};

static const struct nla_policy del_policy[] = {
	[SIGTRAIL_TRIGGER_ATTR_ID] = { .type = NLA_U32 },
};

static const struct genl_ops trigger_ops[] = {
	{
		.cmd = SIGTRAIL_TRIGGER_CMD_ADD,
		.flags = GENL_ADMIN_PERM,
		.policy = add_policy,
		.maxattr = ARRAY_SIZE(add_policy) - 1,
		.doit = trigger_add,
	},
	{
		.cmd = SIGTRAIL_TRIGGER_CMD_DEL,
		.flags = GENL_ADMIN_PERM,
		.policy = del_policy,
		.maxattr = ARRAY_SIZE(del_policy) - 1,
		.doit = trigger_del,
	},
	{
		.cmd = SIGTRAIL_TRIGGER_CMD_GET,
		.flags = GENL_ADMIN_PERM,
		.dumpit = trigger_dump,
	},
};

static const struct genl_multicast_group trigger_mcgrps[] = {
	{
		.name = SIGTRAIL_TRIGGER_MCGRP_TRIGGERS,
		SIGTRAIL_TRIGGER_MCGRP_FOR_ADMIN,
	},
};

static struct genl_family trigger_family __ro_after_init = {
	.name = SIGTRAIL_TRIGGER_FAMILY_NAME,
	.version = SIGTRAIL_TRIGGER_FAMILY_VERSION,
	.module = THIS_MODULE,
	/* The table has a mutex. Other families do not wait for ours. */
	.parallel_ops = true,
	.ops = trigger_ops,
	.n_ops = ARRAY_SIZE(trigger_ops),
	.mcgrps = trigger_mcgrps,
	.n_mcgrps = ARRAY_SIZE(trigger_mcgrps),
};

/**
 * sigtrail_trigger_netlink_init - register the family
 *
 * Return: 0, or an error of genl_register_family().
 */
int sigtrail_trigger_netlink_init(void)
{
	return genl_register_family(&trigger_family);
}

/**
 * sigtrail_trigger_netlink_exit - unregister the family, wait for its commands
 */
void sigtrail_trigger_netlink_exit(void)
{
	genl_unregister_family(&trigger_family);
}
