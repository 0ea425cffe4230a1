/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernel versions.
 */
#ifndef _SIGTRAIL_TRIGGER_COMPAT_H
#define _SIGTRAIL_TRIGGER_COMPAT_H

#include <linux/version.h>
#include <net/genetlink.h>

/* In struct genl_multicast_group: joining needs CAP_NET_ADMIN. */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define SIGTRAIL_TRIGGER_MCGRP_FOR_ADMIN .flags = GENL_MCAST_CAP_NET_ADMIN
#else
#define SIGTRAIL_TRIGGER_MCGRP_FOR_ADMIN .flags = GENL_UNS_ADMIN_PERM
#endif

#endif /* _SIGTRAIL_TRIGGER_COMPAT_H */
