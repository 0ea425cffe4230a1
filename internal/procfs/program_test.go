// SPDX-License-Identifier: GPL-2.0-only

package procfs

import (
	"os"
	"reflect"
	"slices"
	"syscall"
	"testing"
	"unsafe"
)

func TestCommand(t *testing.T) {
	p, err := Root("/proc").Command(os.Getpid())
	if err != nil || p.PID != os.Getpid() || len(p.Args) == 0 || p.Args[0] != os.Args[0] {
		t.Errorf("this process: %+v, %v", p, err)
	}
	if _, err := Root("/proc").Command(1 << 30); !Gone(err) {
		t.Error(err)
	}
	proc := root(t, map[string]string{"7/stat": stat(7, "sh", "S", 1, 0, 5), "7/cmdline": "/bin/sh\x00-c\x00x y\x00"})
	if p, err := proc.Command(7); err != nil || p.Name != "sh" || !reflect.DeepEqual(p.Args, []string{"/bin/sh", "-c", "x y"}) {
		t.Errorf("got %+v, %v", p, err)
	}
}

// What is read of a process that calls exec(2) meanwhile is of either program.
func TestExecMeanwhile(t *testing.T) {
	proc := root(t, map[string]string{"7/stat": stat(7, "sh", "S", 1, 0, 5)})
	fifo := string(proc) + "/7/cmdline"
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := proc.Command(7)
		done <- err
	}()
	f, err := os.OpenFile(fifo, os.O_WRONLY, 0) // opens when it is read
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(string(proc)+"/7/stat", []byte(stat(7, "killall", "S", 1, 0, 5)), 0o600); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := <-done; err == nil || Gone(err) {
		t.Error(err)
	}
}

const maps = `00010000-00011000 r-xp 00000000 fe:00 42                                 /usr/sbin/uhttpd
00021000-00022000 rw-p 00001000 fe:00 42                                 /usr/sbin/uhttpd
01f00000-01f21000 rw-p 00000000 00:00 0                                  [heap]
b6e00000-b6e10000 r-xp 00008000 fe:00 43                                 /usr/lib/a b.so (deleted)
b6e10000-b6e11000 rw-p 00000000 00:00 0 
7ffffffff000-8000000000000000 r-xp 00001000 fe:00 44 /x
`

func TestMapped(t *testing.T) {
	proc := root(t, map[string]string{"7/stat": stat(7, "uhttpd", "S", 1, 0, 5), "7/maps": maps, "8/stat": stat(8, "none", "S", 1, 0, 5), "9/maps": maps})
	for _, c := range []struct {
		address uint64
		file    string
		offset  uint64
	}{
		{0x10434, "/usr/sbin/uhttpd", 0x434},
		{0x10fff, "/usr/sbin/uhttpd", 0xfff},
		{0x11000, "", 0},
		{0x21000, "/usr/sbin/uhttpd", 0x1000},
		{0x1f00000, "", 0},
		{0xb6e00004, "/usr/lib/a b.so (deleted)", 0x8004},
		{0xb6e10000, "", 0},
		{0x7ffffffff010, "/x", 0x1010},
		{0, "", 0},
		{1<<64 - 1, "", 0},
	} {
		if p, file, offset, err := proc.Mapped(7, c.address); err != nil || p.PID != 7 || file != c.file || offset != c.offset {
			t.Errorf("%#x: %+v, %q, %#x, %v", c.address, p, file, offset, err)
		}
	}
	for pid := 8; pid <= 9; pid++ {
		if _, file, _, err := proc.Mapped(pid, 0x10434); err == nil || file != "" {
			t.Errorf("%d: %q, %v", pid, file, err)
		}
	}
	// A function of this program is in its file.
	at := uint64(reflect.ValueOf(TestMapped).Pointer())
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	_, file, offset, err := Root("/proc").Mapped(os.Getpid(), at)
	if err != nil || file != exe {
		t.Fatalf("%q, %v", file, err)
	}
	b, err := os.ReadFile(exe)
	if err != nil || !slices.Equal(b[offset:offset+16], codeAt(reflect.ValueOf(TestMapped).Pointer())) {
		t.Errorf("offset %#x has other code, %v", offset, err)
	}
}

// codeAt returns the code at an address of this program.
func codeAt(address uintptr) []byte {
	p := *(*unsafe.Pointer)(unsafe.Pointer(&address))
	return unsafe.Slice((*byte)(p), 16)
}
