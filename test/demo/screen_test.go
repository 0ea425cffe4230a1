// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"io"
	"strings"
	"testing"
)

func TestScreenShowsWholeLines(t *testing.T) {
	var out strings.Builder
	s := newScreen(&out)
	console, log := s.column(consoleMark, ""), s.column(logMark, " kernel: ")

	io.WriteString(console, "Signal :: (reboot 1286) ")
	io.WriteString(log, "kern.info kernel: up\nuser.info sigtrail: up\n")
	io.WriteString(console, "--[15]--> (procd 1)\r\n\x1b[6n\x1b100%\x07\r\nguest# ")
	s.say("A %s\n", "heading")

	want := "logread | user.info sigtrail: up\n" +
		"console | Signal :: (reboot 1286) --[15]--> (procd 1)\n" +
		"console | 100%\n" +
		"A heading\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
