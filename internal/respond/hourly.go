// SPDX-License-Identifier: GPL-2.0

package respond

import "time"

// Hourly lets a number of kills pass in any hour. It is for one goroutine.
type Hourly struct {
	Max int

	passed []time.Time // within the last hour, the oldest first
}

// Full reports whether no more may pass now.
func (h *Hourly) Full(now time.Time) bool {
	for len(h.passed) > 0 && now.Sub(h.passed[0]) >= time.Hour {
		h.passed = h.passed[1:]
	}
	return len(h.passed) >= h.Max
}

// Count counts one that passes now.
func (h *Hourly) Count(now time.Time) { h.passed = append(h.passed, now) }
