// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"testing"

	"sigtrail/internal/event"
)

// A line that reports a failure, by any architecture's wording, is kept the longest.
func TestUnrelated(t *testing.T) {
	for text, want := range map[string]bool{
		"Kernel bug detected[#1]:": false,
		"rcu: INFO: rcu_sched detected expedited stalls on CPUs/tasks: { 0-... }": false,
		"Unhandled kernel unaligned access[#1]:":                                  false,
		"Internal error: Oops: 5 [#1] SMP ARM":                                    false,
		"INFO: task dd:7 blocked for more than 120 seconds.":                      false,
		"Out of memory: Killed process 7 (hog)":                                   false,
		"reboot: Restarting system":                                               false,
		"Reboot failed -- System halted":                                          false,
		"watchdog: watchdog0: watchdog did not stop!":                             false,
		"Stall :: no signal, exit or mark for 10 s":                               false,
		"br-lan: port 1(lan1) entered forwarding state":                           true,
		"quectel_qmi: DEBUG: rx urb 3 resubmitted":                                true,
	} {
		for _, origin := range []event.Origin{event.OriginConsole, event.OriginDmesg} {
			if got := isUnrelated(&event.Event{Kind: event.KindNote, Origin: origin, Text: text}); got != want {
				t.Errorf("%v, %q: %v", origin, text, got)
			}
		}
	}
}
