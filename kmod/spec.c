// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: checks of a trigger's specification.
 */
#include <linux/errno.h>
#include <linux/netlink.h>
#include <linux/string.h>

#include "trigger.h"

/**
 * sigtrail_trigger_spec_set_names - set the function and the processes
 * @spec: gets the names
 * @symbol: a function or a syscall
 * @target_name: comm of the processes
 * @extack: gets the reason of a failure
 *
 * Return: 0, or -EINVAL.
 */
int sigtrail_trigger_spec_set_names(struct sigtrail_trigger_spec *spec,
				    const char *symbol, const char *target_name,
				    struct netlink_ext_ack *extack)
{
	if (!*symbol || strlen(symbol) >= sizeof(spec->symbol)) {
		NL_SET_ERR_MSG(extack,
			       "the symbol is empty or longer than 127 characters");
		return -EINVAL;
	}
	if (!*target_name || strlen(target_name) >= sizeof(spec->target_name)) {
		NL_SET_ERR_MSG(extack,
			       "the process name is empty or longer than 15 characters");
		return -EINVAL;
	}
	strscpy(spec->symbol, symbol, sizeof(spec->symbol));
	strscpy(spec->target_name, target_name, sizeof(spec->target_name));
	return 0;
}

/**
 * sigtrail_trigger_spec_check - check the limits of a specification
 * @spec: the specification
 * @extack: gets the reason of a failure
 *
 * Return: 0, or -ERANGE.
 */
int sigtrail_trigger_spec_check(const struct sigtrail_trigger_spec *spec,
				struct netlink_ext_ack *extack)
{
	if (spec->offset > SIGTRAIL_TRIGGER_OFFSET_LIMIT) {
		NL_SET_ERR_MSG(extack, "the offset is above 1048576");
		return -ERANGE;
	}
	if (spec->skip > SIGTRAIL_TRIGGER_SKIP_LIMIT) {
		NL_SET_ERR_MSG(extack, "skip is above 1000000000");
		return -ERANGE;
	}
	if (spec->per > SIGTRAIL_TRIGGER_PER_NAME) {
		NL_SET_ERR_MSG(extack, "per must be process (0) or name (1)");
		return -ERANGE;
	}
	if (!spec->rate || spec->rate > SIGTRAIL_TRIGGER_RATE_LIMIT) {
		NL_SET_ERR_MSG(extack, "the rate must be from 1 to 10000 a second");
		return -ERANGE;
	}
	return 0;
}
