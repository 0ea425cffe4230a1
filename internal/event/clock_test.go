// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"math/rand"
	"testing"
	"time"
)

// wallLayout is AppendWall's format for package time, to compare with.
const wallLayout = "2006-01-02T15:04:05.000000Z07:00"

func TestWall(t *testing.T) {
	first := time.Date(1700, 1, 1, 0, 0, 0, 0, time.UTC)
	random := rand.New(rand.NewSource(1))
	check := func(when time.Time) {
		ns := when.UnixNano()
		got, want := string(AppendWall(nil, ns)), when.UTC().Format(wallLayout)
		back, err := parseWall(got)
		if got != want || err != nil || back != when.Truncate(time.Microsecond).UnixNano() {
			t.Fatalf("%d ns: %s, %d, %v, want %s", ns, got, back, err, want)
		}
	}
	for day := range 500 * 365 {
		check(first.AddDate(0, 0, day))
		check(first.AddDate(0, 0, day).Add(24*time.Hour - 1))
	}
	for range 10000 {
		check(time.Unix(0, random.Int63()-random.Int63()))
	}
}

func TestNoWall(t *testing.T) {
	for _, s := range []string{"", "today", "2026-11-22T02:20:23Z", "2026-13-01T00:00:00.000000Z", "2026-02-29T00:00:00.000000Z",
		"2026-00-01T00:00:00.000000Z", "2026-01-01T24:00:00.000000Z", "2026-01-01T00:60:00.000000Z", "2026-01-01 00:00:00.000000Z",
		"+026-01-01T00:00:00.000000Z", "2026-01-01T00:00:00.000000+"} {
		if ns, err := parseWall(s); err == nil {
			t.Errorf("%q is %d", s, ns)
		}
	}
}
