// SPDX-License-Identifier: GPL-2.0

package respond

import "time"

// Hourly lets a number of kills pass in any hour. It is for one goroutine.
type Hourly struct {
	Max int

	passed []time.Time // within the last hour, the oldest first
}

// Pass reports whether one more may pass now, and counts it if so.
func (h *Hourly) Pass(now time.Time) bool {
	for len(h.passed) > 0 && now.Sub(h.passed[0]) >= time.Hour {
		h.passed = h.passed[1:]
	}
	if len(h.passed) >= h.Max {
		return false
	}
	h.passed = append(h.passed, now)
	return true
}
