// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"regexp"
	"strings"
	"testing"

	"sigtrail/test/vm"
)

// architecture has what depends on the guest's architecture.
type architecture struct {
	mmap    string // the syscall by which pthread_create() maps a stack
	mapping string // its last three arguments: MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, no file, no offset
	write   string // the function that is probed for write(2)
	inlined bool   // spin locks are inlined: they are no functions
}

// architectures are by their names in uname(2).
var architectures = map[string]architecture{
	"armv7l":  {"mmap_pgoff", "0x20022 0xffffffff 0", "sys_write", false},
	"aarch64": {"mmap", "0x20022 0xffffffffffffffff 0", "__arm64_sys_write", true},
	"mips":    {"mips_mmap2", "0x40802 0xffffffff 0", "ksys_write", true},
}

func (g *guest) architecture() architecture {
	g.t.Helper()
	name := strings.TrimSpace(g.run("uname -m"))
	arch, ok := architectures[name]
	if !ok {
		g.t.Fatalf("unknown architecture %s", name)
	}
	return arch
}

// signal returns a signal's number in the guest.
func (g *guest) signal(name string) uint32 {
	g.t.Helper()
	return uint32(number(g.t, g.run("kill -l %s", name)))
}

// TestSignalNames sends each signal by number, and compares the daemon's name of it
// with BusyBox's.
func TestSignalNames(t *testing.T) {
	g := boot(t, vm.Config{})
	g.run("echo 1 >/proc/sys/kernel/sigtrail/sigalrm; echo 1 >/proc/sys/kernel/sigtrail/sigchld")
	sent := lines(g.run(`kill -l | while read -r number name; do
		number=${number%%)}
		sleep 1000 & kill -$number $!; kill -9 $! 2>/dev/null
		echo "\"signal\":$number,\"signal_name\":\"SIG$name\".*\"target_pid\":$!,"
	done | sed 's/SIGPOLL/SIGIO/'`))
	if len(sent) < 30 {
		t.Fatalf("only %d signals", len(sent))
	}
	watched := g.run("sigtrail watch --once --json")
	for _, pattern := range sent {
		if !regexp.MustCompile(pattern).MatchString(watched) {
			t.Errorf("not in sigtrail watch: %s", pattern)
		}
	}
}
