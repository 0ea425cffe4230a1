// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"testing"
	"time"
)

func TestInitcalls(t *testing.T) {
	const log = `[    0.010000] calling  sigtrail_box_init+0x0/0x80 @ 1
[    0.010500] initcall sigtrail_box_init+0x0/0x80 returned 0 after 0 usecs
[    0.010600] calling  other_init+0x0/0x80 @ 1
[    0.020000] initcall other_init+0x0/0x80 returned 0 after 0 usecs
[    0.551549] calling  sigtrail_init+0x0/0x10 @ 1
[    0.551570] initcall sigtrail_init+0x0/0x10 returned 0 after 21 usecs
`
	if got, err := initcalls(log); err != nil || got != 521*time.Microsecond {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", log[:60], log[48:]} {
		if got, err := initcalls(bad); err == nil {
			t.Errorf("%v of %q", got, bad)
		}
	}
	if b := (boots{time.Millisecond, 2 * time.Millisecond, 6 * time.Millisecond}); b.check() != nil {
		t.Error(b.check())
	}
	if b := (boots{time.Millisecond, 2 * time.Millisecond, 7 * time.Millisecond}); b.check() == nil {
		t.Error("more than the limit")
	}
}
