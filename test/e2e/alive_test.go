// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"testing"

	"sigtrail/test/vm"
)

// TestLateProcessor has a processor go and come back: while it is busy it notes, as the others
// do, that the kernel is alive. It needs CONFIG_HOTPLUG_CPU.
func TestLateProcessor(t *testing.T) {
	g := boot(t, vm.Config{})
	g.run(`cd /sys/kernel/tracing
		for online in 0 1; do
			echo $online >/sys/devices/system/cpu/cpu1/online && grep -q $online /sys/devices/system/cpu/cpu1/online || exit
		done
		echo 1 >events/timer/timer_expire_entry/enable
		taskset 2 sh -c 'while :; do :; done' >/dev/null 2>&1 &
		timeout 60 grep -m 1 '\[001\].* function=sigtrail_alive_tick ' trace_pipe >/dev/null
		found=$?
		kill $!
		exit $found`)
}
