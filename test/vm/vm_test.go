// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestArguments(t *testing.T) {
	// On machines with these values pstore survives a reset.
	for arch, want := range map[string]string{
		"arm":     "console=ttyAMA0 root=/dev/vda rw rootwait mem=240M ramoops.mem_address=0x4f000000 ",
		"aarch64": "console=ttyAMA0 root=/dev/vda rw rootwait mem=240M ramoops.mem_address=0x4f000000 ",
		"mipsel":  "console=ttyS0 root=/dev/vda rw rootwait mem=240M ramoops.mem_address=0xf000000 ",
	} {
		m := machines[arch]
		args := m.arguments(Config{Kernel: "k", Memory: 256, CPUs: 2, Append: "sigtrail.ring=16384"}, "a,b.img", inherited)
		line := args[slices.Index(args, "-append")+1]
		if !strings.HasPrefix(line, want) || !strings.HasSuffix(line, " sigtrail.ring=16384") {
			t.Errorf("%s: %q", arch, line)
		}
		if !slices.ContainsFunc(args, func(a string) bool { return strings.HasSuffix(a, "file=a,,b.img") }) {
			t.Errorf("the disk's comma is not doubled: %q", args)
		}
		if slices.Contains(args, "-icount") != (m.icount != "") {
			t.Errorf("unexpected -icount: %q", args)
		}
	}
	m := machines["arm"]
	for how, want := range map[string]string{
		ByName:    " reserve_mem=327680:4096:sigtrail sigtrail.mem_name=sigtrail",
		ByAddress: " sigtrail.mem_address=0x4f100000 sigtrail.mem_size=0x50000",
	} {
		if line := m.words(Config{Memory: 256, BlackBox: how}); !strings.HasSuffix(line, want) {
			t.Errorf("a black box by %s: %q", how, line)
		}
	}
}

func TestMonitor(t *testing.T) {
	ours, theirs, err := socketpair()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	go func() {
		io.WriteString(theirs, `{"QMP": {"version": {}, "capabilities": []}}`)
		in := json.NewDecoder(theirs)
		for {
			var c struct {
				Execute   string
				Arguments struct{ Size int }
			}
			if in.Decode(&c) != nil {
				return
			}
			switch c.Execute {
			case "system_reset":
				io.WriteString(theirs, `{"event": "RESET"}{"return": {}}`)
			case "pmemsave":
				fmt.Fprintf(theirs, `{"return": {}}{"event": "SAVED %d"}`, c.Arguments.Size)
			case "qmp_capabilities":
				io.WriteString(theirs, `{"return": {}}`)
			default:
				io.WriteString(theirs, `{"error": {"class": "CommandNotFound", "desc": "no such command"}}`)
			}
		}
	}()
	m := newMonitor(ours)
	if err := m.execute("system_reset", nil); err != nil {
		t.Error(err)
	}
	if err := m.await("RESET", soon); err != nil {
		t.Error(err)
	}
	if err := m.execute("pmemsave", map[string]int{"size": 5}); err != nil {
		t.Error(err)
	}
	if err := m.await("SAVED 5", soon); err != nil {
		t.Error(err)
	}
	if err := m.execute("fly", nil); err == nil || !strings.HasSuffix(err.Error(), "fly: no such command") {
		t.Error(err)
	}
}

func TestCopyDisk(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	image := make([]byte, 1<<20+512)
	copy(image[300_000:], "data")
	if err := os.WriteFile(from, image, 0o444); err != nil {
		t.Fatal(err)
	}
	if err := copyDisk(to, from); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(to)
	if err != nil || !bytes.Equal(got, image) {
		t.Errorf("the copy differs: %v", err)
	}
	var st syscall.Stat_t
	if err := syscall.Stat(to, &st); err != nil || st.Blocks*512 > 256*1024 {
		t.Errorf("the copy takes %d bytes of disk, %v", st.Blocks*512, err)
	}
	if err := copyDisk(to, filepath.Join(dir, "none")); err == nil {
		t.Error("no error for a missing file")
	}
}

func TestStartSaysWhatIsMissing(t *testing.T) {
	t.Setenv("SIGTRAIL_KERNEL", "")
	t.Setenv("SIGTRAIL_ROOTFS", "")
	if _, err := Start(context.Background(), Config{}); err == nil || !strings.Contains(err.Error(), "SIGTRAIL_KERNEL") {
		t.Error(err)
	}
	if _, err := Start(context.Background(), Config{Kernel: "k", RootFS: "/nonexistent"}); err == nil {
		t.Error("no error without a disk")
	}
	if _, err := Start(context.Background(), Config{Arch: "vax"}); err == nil || !strings.HasSuffix(err.Error(), "SIGTRAIL_ARCH=vax: must be one of aarch64, arm, mipsel") {
		t.Error(err)
	}
	long := Config{Arch: "mipsel", Kernel: "k", RootFS: "/nonexistent", Append: strings.Repeat("x", 80)}
	if _, err := Start(context.Background(), long); err == nil || !strings.Contains(err.Error(), "the mipsel machine takes at most 255: console=") {
		t.Error(err)
	}
}
