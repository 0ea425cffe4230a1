// SPDX-License-Identifier: GPL-2.0-only

package kernel

import (
	"testing"
	"time"
)

// A step of the clock is seen at once, what it drifts after a while.
func TestOutdated(t *testing.T) {
	for _, c := range []struct {
		age, wall time.Duration
		want      bool
	}{
		{0, 0, false},
		{9 * time.Second, 9*time.Second + 900*time.Microsecond, false},
		{11 * time.Second, 11 * time.Second, true},
		{time.Second, time.Second + 2*time.Millisecond, true},
		{time.Second, time.Second - 2*time.Millisecond, true},
		{time.Second, -time.Hour, true},
		{time.Second, 50 * 365 * 24 * time.Hour, true}, // from 1970 on, by the first answer of a time server
	} {
		if got := outdated(c.age, c.wall); got != c.want {
			t.Errorf("after %v, %v by the wall's clock: %v", c.age, c.wall, got)
		}
	}
}
