// SPDX-License-Identifier: GPL-2.0-only

package main

import "testing"

func TestResident(t *testing.T) {
	const status = "Name:\tsigtrail\nVmPeak:\t  534020 kB\nVmHWM:\t    2804 kB\nVmRSS:\t    2800 kB\nRssAnon:\t     468 kB\nRssFile:\t    2336 kB\n"
	if got, err := resident(status); err != nil || got != (memory{"", 2800, 468, 2804}) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := resident(""); err == nil {
		t.Errorf("%+v of nothing", got)
	}
}

func TestMemoryTable(t *testing.T) {
	got := memoryTable([]memory{{name: "kernel part", resident: 529}, {"service", 2996, 649, 5850}})
	want := "| Memory, in KiB | resident | its own | at most |\n| --- | ---: | ---: | ---: |\n" +
		"| kernel part | 529 | | |\n| service | 3000 | 600 | 5900 |\n"
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
