// SPDX-License-Identifier: GPL-2.0-only

package found

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"sigtrail/internal/event"
)

func TestLines(t *testing.T) {
	for _, c := range []struct {
		note Note
		line string
	}{
		{Note{Seq: 4711, Sender: []Process{{120, "killall", "killall dnsmasq"}, {99, "reload.sh", "/bin/sh /etc/reload.sh"}, {80, "crond", "crond -f"}}},
			`Found :: for record 4711: (killall 120) "killall dnsmasq" < (reload.sh 99) "/bin/sh /etc/reload.sh" < (crond 80) "crond -f"`},
		{Note{Seq: 4712, Asker: []Process{{300, "httpd", "/bin/sh /etc/rc.common /etc/init.d/httpd restart"}, {299, "10-httpd", ""}}},
			`Found :: for record 4712: perhaps asked by (httpd 300) "/bin/sh /etc/rc.common /etc/init.d/httpd restart" < (10-httpd 299)`},
		{Note{Seq: 4712, Sender: []Process{{120, "killall", ""}, {99, "sh", "sh x"}}, More: true},
			`Found :: for record 4712: (killall 120) < (sh 99) "sh x" < ...`},
		{Note{Seq: 4712, Asker: []Process{{300, "httpd", "/etc/init.d/httpd stop"}}, More: true},
			`Found :: for record 4712: perhaps asked by (httpd 300) "/etc/init.d/httpd stop" < ...`},
		{Note{Seq: 4713, File: "/usr/sbin/uhttpd", PC: 0x10434, Offset: 0x434},
			`Found :: for record 4713: pc 0x10434 is offset 0x434 of /usr/sbin/uhttpd`},
		{Note{Seq: 4714, Shmem: 98304, Total: 106701},
			`Found :: for record 4714: tmpfs and shared memory held 96.0 of 104.2 MiB`},
		{Note{Seq: 1, Sender: []Process{{7, "sh", `sh -c (echo "a\b")`}}},
			`Found :: for record 1: (sh 7) "sh -c (echo \x22a\x5cb\x22)"`},
	} {
		if got := string(c.note.Append([]byte("x")))[1:]; got != c.line {
			t.Errorf("says %s\nwant %s", got, c.line)
		}
		if got, ok := Parse(c.line); !ok || !reflect.DeepEqual(got, c.note) {
			t.Errorf("%s\nis parsed as %+v, %v", c.line, got, ok)
		}
	}
}

// What is too long is cut, and still parsed.
func TestLong(t *testing.T) {
	long := Note{Seq: 1<<64 - 1}
	for range 5 {
		long.Sender = append(long.Sender, Process{1<<32 - 1, strings.Repeat("(", event.NameMax), strings.Repeat("a", 95) + strings.Repeat("\n", 9)})
	}
	line := string(long.Append(nil))
	got, ok := Parse(line)
	if !ok || len(got.Sender) != 3 || !got.More || got.Sender[2].Name != long.Sender[2].Name || got.Sender[2].Command != strings.Repeat("a", 95)+"..." {
		t.Errorf("%s\nis parsed as %+v, %v", line, got, ok)
	}
	line = string((&Note{File: "/" + strings.Repeat("\n", 1000)}).Append(nil))
	if got, ok := Parse(line); !ok || len(line) > maxLine || len(line) < maxLine-4 || !strings.HasSuffix(got.File, "\n...") {
		t.Errorf("%s\nis parsed as %+v, %v", line, got, ok)
	}
}

// FuzzNote writes and parses notes: they come back, but for what had no room.
func FuzzNote(f *testing.F) {
	f.Add(uint64(1), uint32(2), "killall", `killall "x" < (sh 1)`, "/bin/x")
	f.Add(uint64(0), uint32(0), "", "", "")
	f.Add(uint64(1<<63), uint32(1<<31), "\x00)", strings.Repeat("\xff", 200), strings.Repeat(`\`, 800))
	f.Fuzz(func(t *testing.T, seq uint64, pid uint32, name, command, file string) {
		name = name[:min(len(name), event.NameMax)]
		chain := []Process{{pid, name, command}, {pid / 2, file[:min(len(file), event.NameMax)], file}, {pid / 3, name, ""}}
		for _, n := range []Note{{Seq: seq, Sender: chain}, {Seq: seq, Asker: chain}, {Seq: seq, File: "/" + file, PC: uint64(pid), Offset: seq},
			{Seq: seq, Shmem: seq % (1 << 40), Total: uint64(pid) + 52}} {
			line := string(n.Append(nil))
			got, ok := Parse(line)
			if !ok || len(line) > maxLine || !printable.MatchString(line) || string(got.Append(nil)) != line || !begins(n, got) {
				t.Errorf("%+v is written as\n%q, and parsed as\n%+v, %v", n, line, got, ok)
			}
		}
	})
}

var printable = regexp.MustCompile(`^[ -~]+$`)

// begins reports whether the second note is the first one, or what had room of it.
func begins(n, got Note) bool {
	same := func(all, some string) bool {
		start, short := strings.CutSuffix(some, cut)
		return all == some || short && strings.HasPrefix(all, start)
	}
	chain := func(all, some []Process) bool {
		if len(some) > len(all) || len(some) == 0 != (len(all) == 0) {
			return false
		}
		for i, p := range some {
			if p.PID != all[i].PID || p.Name != all[i].Name || !same(all[i].Command, p.Command) {
				return false
			}
		}
		return true
	}
	sameMiB := func(a, b uint64) bool { return max(a, b)-min(a, b) <= 52 } // a tenth is 102.4 KiB
	return sameMiB(n.Shmem, got.Shmem) && sameMiB(n.Total, got.Total) && n.Seq == got.Seq && n.PC == got.PC && n.Offset == got.Offset && same(n.File, got.File) &&
		chain(n.Sender, got.Sender) && chain(n.Asker, got.Asker)
}

// FuzzParse parses any text: what is taken for a note is one.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"", "Found :: ", "Found :: for record 1: ", "Found :: for record 01: (a 1)", "Found :: for record 1: (a 1) ", `Found :: for record 1: (a 1) ""`,
		`Found :: for record 1: (a 1) "\x41"`, "Found :: for record 1: pc 1 is offset 0x2 of /x", "Found :: for record 1: pc 0x1 is offset 0x2 of ",
		"Found :: for record 1: perhaps asked by ", "Found :: for record 1: tmpfs and shared memory held 1.0 of 0.0 MiB",
		"Found :: for record 1: tmpfs and shared memory held 1 of 2 MiB", "Found :: for record 1: tmpfs and shared memory held NaN of +Inf MiB", " Found :: for record 1: (a 1)", "Found :: for record 1: (a 1) < "} {
		f.Add(text)
		if n, ok := Parse(text); ok {
			f.Errorf("%q is taken for %+v", text, n)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, ok := Parse(text); ok && string(n.Append(nil)) != text {
			t.Errorf("%q is taken for %+v", text, n)
		}
	})
}
