// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: the generic netlink family "sigtrail", in the initial network
 * namespace. All commands need CAP_NET_ADMIN there.
 */
#include <linux/init.h>
#include <linux/netlink.h>
#include <linux/sched/clock.h>
#include <linux/string.h>
#include <net/genetlink.h>

#include "compat.h"
#include "internal.h"
#include "line.h"

static struct genl_family sigtrail_family __ro_after_init;

static int sigtrail_info_get(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *hdr;

	if (!skb)
		return -ENOMEM;

	hdr = genlmsg_put_reply(skb, info, &sigtrail_family, 0,
				SIGTRAIL_CMD_INFO_GET);
	if (!hdr || sigtrail_info_put(skb)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

/**
 * struct sigtrail_dump - progress of a dump
 * @next: number of the next record
 * @last: number of the newest record when the dump began
 * @previous: of the records that outlived the last reset
 */
struct sigtrail_dump {
	u64 next;
	u64 last;
	bool previous;
};

static struct sigtrail_dump *sigtrail_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct sigtrail_dump) > sizeof(cb->ctx));
	return (struct sigtrail_dump *)cb->ctx;
}

static int sigtrail_events_start(struct netlink_callback *cb)
{
	struct sigtrail_dump *dump = sigtrail_dump(cb);
	struct nlattr **attrs = sigtrail_dump_attrs(cb);
	struct sigtrail_ring_state state;

	dump->next = 1;
	if (attrs && attrs[SIGTRAIL_ATTR_FROM_SEQ])
		dump->next = nla_get_u64(attrs[SIGTRAIL_ATTR_FROM_SEQ]);
	dump->previous = attrs && attrs[SIGTRAIL_ATTR_PREVIOUS] &&
			 nla_get_u8(attrs[SIGTRAIL_ATTR_PREVIOUS]);
	if (dump->previous) {
		dump->last = U64_MAX;
		return 0;
	}
	sigtrail_ring_hear(&sigtrail_ring);
	sigtrail_ring_state(&sigtrail_ring, &state);
	dump->last = state.last;
	return 0;
}

static bool sigtrail_dump_read(const struct sigtrail_dump *dump,
			       struct sigtrail_record *rec)
{
	if (dump->previous)
		return sigtrail_previous_read(dump->next, rec);
	return dump->next <= dump->last &&
	       sigtrail_ring_read(&sigtrail_ring, dump->next, rec) &&
	       rec->seq <= dump->last;
}

static int sigtrail_events_dump(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	struct sigtrail_dump *dump = sigtrail_dump(cb);
	struct sigtrail_record rec;
	int records = 0;
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &sigtrail_family, NLM_F_MULTI,
			  SIGTRAIL_CMD_EVENTS_GET);
	if (!hdr)
		return -EMSGSIZE;

	while (sigtrail_dump_read(dump, &rec)) {
		if (sigtrail_record_put(skb, &rec)) {
			if (!records) {
				genlmsg_cancel(skb, hdr);
				return -EMSGSIZE;
			}
			break;
		}
		dump->next = rec.seq + 1;
		records++;
	}

	if (!records) {
		genlmsg_cancel(skb, hdr);
		return 0;
	}
	genlmsg_end(skb, hdr);
	return skb->len;
}

static int sigtrail_mark(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *text = info->attrs[SIGTRAIL_ATTR_TEXT];
	struct nlattr *shutdown = info->attrs[SIGTRAIL_ATTR_SHUTDOWN];
	struct sigtrail_record rec;

	if (!text) {
		NL_SET_ERR_MSG(info->extack, "a mark needs a text");
		return -EINVAL;
	}

	if (!sigtrail_switch_enabled()) {
		NL_SET_ERR_MSG(info->extack, "capture is switched off");
		return -ENODATA;
	}

	memset(&rec, 0, sizeof(rec));
	rec.time = local_clock();
	rec.kind = SIGTRAIL_KIND_MARK;
	nla_strscpy(rec.text, text, sizeof(rec.text));
	sigtrail_caller_fill(&rec);
	if (shutdown && nla_get_u8(shutdown))
		sigtrail_shutdown_begin();
	if (sigtrail_print_wanted())
		rec.flags |= SIGTRAIL_FLAG_PRINTED;
	sigtrail_record_add(SIGTRAIL_SHARE_COMMON, &rec);
	if (rec.flags & SIGTRAIL_FLAG_PRINTED)
		sigtrail_print_mark(&rec);
	return 0;
}

static int sigtrail_claim(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *boot = info->attrs[SIGTRAIL_ATTR_BOOT_ID];
	int err = sigtrail_claim_set(request, info);
	char id[SIGTRAIL_BOOT_ID_LEN];

	if (!err && boot) {
		nla_strscpy(id, boot, sizeof(id));
		sigtrail_alive_boot(id);
	}
	return err;
}

static int sigtrail_free_previous(struct sk_buff *request,
				  struct genl_info *info)
{
	sigtrail_previous_free();
	return 0;
}

static void sigtrail_set_flag(struct genl_info *info, int attr)
{
	if (info->attrs[attr])
		sigtrail_switch_set(attr, nla_get_u8(info->attrs[attr]));
}

static void sigtrail_set_number(struct genl_info *info, int attr)
{
	if (info->attrs[attr])
		sigtrail_switch_set(attr, nla_get_u32(info->attrs[attr]));
}

/* The policy has checked all values: either all are set or none. */
static int sigtrail_set(struct sk_buff *request, struct genl_info *info)
{
	sigtrail_set_number(info, SIGTRAIL_ATTR_PRINTK);
	sigtrail_set_number(info, SIGTRAIL_ATTR_PRINTK_RATE);
	sigtrail_set_flag(info, SIGTRAIL_ATTR_SIGCHLD);
	sigtrail_set_flag(info, SIGTRAIL_ATTR_SIGALRM);
	sigtrail_set_flag(info, SIGTRAIL_ATTR_SIGURG);
	sigtrail_set_flag(info, SIGTRAIL_ATTR_KTHREAD);
	sigtrail_set_number(info, SIGTRAIL_ATTR_EXITS);
	sigtrail_set_flag(info, SIGTRAIL_ATTR_ENABLE);
	return 0;
}

static const struct nla_policy sigtrail_events_policy[] = {
	[SIGTRAIL_ATTR_FROM_SEQ] = { .type = NLA_U64 },
	[SIGTRAIL_ATTR_PREVIOUS] = NLA_POLICY_MAX(NLA_U8, 1),
};

static const struct nla_policy sigtrail_claim_policy[] = {
	[SIGTRAIL_ATTR_BOOT_ID] = { .type = NLA_NUL_STRING,
				    .len = SIGTRAIL_BOOT_ID_LEN - 1 },
};

static const struct nla_policy sigtrail_mark_policy[] = {
	[SIGTRAIL_ATTR_TEXT] = { .type = NLA_NUL_STRING,
				 .len = SIGTRAIL_TEXT_LEN - 1 },
	[SIGTRAIL_ATTR_SHUTDOWN] = NLA_POLICY_MAX(NLA_U8, 1),
};

static const struct nla_policy sigtrail_set_policy[] = {
	[SIGTRAIL_ATTR_ENABLE] = NLA_POLICY_MAX(NLA_U8, 1),
	[SIGTRAIL_ATTR_PRINTK] = NLA_POLICY_MAX(NLA_U32,
						SIGTRAIL_PRINTK_ALWAYS),
	[SIGTRAIL_ATTR_PRINTK_RATE] = NLA_POLICY_MAX(NLA_U32,
						     SIGTRAIL_PRINTK_RATE_MAX),
	[SIGTRAIL_ATTR_SIGCHLD] = NLA_POLICY_MAX(NLA_U8, 1),
	[SIGTRAIL_ATTR_SIGALRM] = NLA_POLICY_MAX(NLA_U8, 1),
	[SIGTRAIL_ATTR_SIGURG] = NLA_POLICY_MAX(NLA_U8, 1),
	[SIGTRAIL_ATTR_KTHREAD] = NLA_POLICY_MAX(NLA_U8, 1),
	[SIGTRAIL_ATTR_EXITS] = NLA_POLICY_MAX(NLA_U32, SIGTRAIL_EXITS_ALL),
};

static const struct genl_ops sigtrail_ops[] = {
	{
		.cmd = SIGTRAIL_CMD_INFO_GET,
		.flags = GENL_ADMIN_PERM,
		.doit = sigtrail_info_get,
	},
	{
		.cmd = SIGTRAIL_CMD_EVENTS_GET,
		.flags = GENL_ADMIN_PERM,
		.policy = sigtrail_events_policy,
		.maxattr = ARRAY_SIZE(sigtrail_events_policy) - 1,
		.start = sigtrail_events_start,
		.dumpit = sigtrail_events_dump,
	},
	{
		.cmd = SIGTRAIL_CMD_CLAIM,
		.flags = GENL_ADMIN_PERM,
		.policy = sigtrail_claim_policy,
		.maxattr = ARRAY_SIZE(sigtrail_claim_policy) - 1,
		.doit = sigtrail_claim,
	},
	{
		.cmd = SIGTRAIL_CMD_MARK,
		.flags = GENL_ADMIN_PERM,
		.policy = sigtrail_mark_policy,
		.maxattr = ARRAY_SIZE(sigtrail_mark_policy) - 1,
		.doit = sigtrail_mark,
	},
	{
		.cmd = SIGTRAIL_CMD_SET,
		.flags = GENL_ADMIN_PERM,
		.policy = sigtrail_set_policy,
		.maxattr = ARRAY_SIZE(sigtrail_set_policy) - 1,
		.doit = sigtrail_set,
	},
	{
		.cmd = SIGTRAIL_CMD_PREVIOUS_FREE,
		.flags = GENL_ADMIN_PERM,
		.doit = sigtrail_free_previous,
	},
};

static const struct genl_multicast_group sigtrail_mcgrps[] = {
	{
		.name = SIGTRAIL_MCGRP_EVENTS,
		SIGTRAIL_MCGRP_FOR_ADMIN,
	},
};

static struct genl_family sigtrail_family __ro_after_init = {
	.name = SIGTRAIL_FAMILY_NAME,
	.version = SIGTRAIL_FAMILY_VERSION,
	.module = THIS_MODULE,
	.ops = sigtrail_ops,
	.n_ops = ARRAY_SIZE(sigtrail_ops),
	.mcgrps = sigtrail_mcgrps,
	.n_mcgrps = ARRAY_SIZE(sigtrail_mcgrps),
};

static int __init sigtrail_netlink_init(void)
{
	int err = sigtrail_claim_init();

	if (err)
		return err;
	err = genl_register_family(&sigtrail_family);
	if (err)
		return err;
	err = sigtrail_relay_init(&sigtrail_family);
	if (err)
		genl_unregister_family(&sigtrail_family);
	return err;
}

/* Generic netlink is initialized before. */
fs_initcall(sigtrail_netlink_init);
