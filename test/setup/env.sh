# SPDX-License-Identifier: GPL-2.0-only
# Sourced by the scripts below test/: the paths of clone and cache, and functions
# that print progress and errors.
# shellcheck shell=sh disable=SC2034 # the variables are for those who source this

set -eu
export LC_ALL=C

TOP=$(cd "$(dirname "$0")/../.." && pwd)
CACHE=${SIGTRAIL_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/sigtrail}
LOGS=$TOP/build/log

# die MESSAGE... - exits with an error
die() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

# step TEXT COMMAND... - runs a command, and prints TEXT and the time it took. The
# command's output goes to a file; the end of it is shown if the command fails
step() {
	step_text=$1
	step_log=$LOGS/$(basename "$0").log
	step_start=$(date +%s)
	shift
	mkdir -p "$LOGS"
	printf '==> %s ...\n' "$step_text" >&2
	# Not as a condition: set -e has no effect there.
	set +e
	(
		set -e
		"$@"
	) >"$step_log" 2>&1 </dev/null
	step_status=$?
	set -e
	[ "$step_status" = 0 ] || {
		tail -n 20 "$step_log" >&2
		die "failed: $step_text (details: $step_log)"
	}
	printf '    %s: %s s\n' "$step_text" "$(($(date +%s) - step_start))" >&2
}

# lock FILE - waits for another build in the same place
lock() {
	mkdir -p "$(dirname "$1")"
	exec 9>"$1"
	flock -n 9 || {
		printf '==> waiting for another build to finish (%s)\n' "$1" >&2
		flock 9
	}
}
