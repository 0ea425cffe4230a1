// SPDX-License-Identifier: GPL-2.0-only

package respond

import "time"

// Hourly limits the number of kills within any hour. It is for one goroutine.
type Hourly struct {
	Max int

	counted []time.Time // within the last hour, the oldest first
}

// Full reports whether the limit is reached.
func (h *Hourly) Full(now time.Time) bool {
	for len(h.counted) > 0 && now.Sub(h.counted[0]) >= time.Hour {
		h.counted = h.counted[1:]
	}
	return len(h.counted) >= h.Max
}

// Count counts one kill.
func (h *Hourly) Count(now time.Time) { h.counted = append(h.counted, now) }
