// SPDX-License-Identifier: GPL-2.0-only

package procfs

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The real /proc of this machine.
func TestThisMachine(t *testing.T) {
	proc := Root("/proc")
	if id, err := proc.BootID(); err != nil || len(id) != 36 {
		t.Errorf("boot id %q, %v", id, err)
	}
	if level, err := proc.ConsoleLevel(); err != nil || level < 0 || level > 15 {
		t.Errorf("console level %d, %v", level, err)
	}
	if _, _, err := proc.Pstore(); err != nil {
		t.Errorf("pstore: %v", err)
	}
	if _, err := proc.PstoreConsole(); err != nil {
		t.Errorf("console in pstore: %v", err)
	}
}

// root makes a proc from the given files.
func root(t *testing.T, files map[string]string) Root {
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return Root(dir)
}

func TestRouter(t *testing.T) {
	proc := root(t, map[string]string{
		"sys/kernel/random/boot_id": "2f1c7b1e-3f2a-4c56-9c49-0d3d0c4f7a11\n",
		"sys/kernel/printk":         "7\t4\t1\t7\n",
		"filesystems":               "nodev\tsysfs\nnodev\tpstore\n\text4\n",
		"mounts":                    "/dev/root /rom squashfs ro 0 0\npstore /sys/fs/pstore pstore rw,noatime 0 0\n",
		"consoles":                  "ttyAMA0              -W- (EC p  )  204:64\nramoops-1            -W- (E  p a)\n",
	})
	if id, err := proc.BootID(); err != nil || id != "2f1c7b1e-3f2a-4c56-9c49-0d3d0c4f7a11" {
		t.Errorf("boot id %q, %v", id, err)
	}
	if level, err := proc.ConsoleLevel(); err != nil || level != 7 {
		t.Errorf("console level %d, %v", level, err)
	}
	if known, dir, err := proc.Pstore(); err != nil || !known || dir != "/sys/fs/pstore" {
		t.Errorf("pstore %v at %q, %v", known, dir, err)
	}
	if has, err := proc.PstoreConsole(); !has || err != nil {
		t.Errorf("console in pstore: %v, %v", has, err)
	}
}

func TestMemory(t *testing.T) {
	const text = "MemTotal:         106701 kB\nMemFree:            1020 kB\nShmem:             98304 kB\nShmemHugePages:        0 kB\n"
	if shmem, total, err := root(t, map[string]string{"meminfo": text}).Memory(); shmem != 98304 || total != 106701 || err != nil {
		t.Errorf("%d of %d KiB, %v", shmem, total, err)
	}
	for _, text := range []string{"MemTotal: 1 kB\n", "Shmem: 1 kB\n", "Shmem: x kB\nMemTotal: 1 kB\n"} {
		if _, _, err := root(t, map[string]string{"meminfo": text}).Memory(); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func TestPstoreState(t *testing.T) {
	proc := root(t, map[string]string{
		"filesystems": "nodev\tpstore\n", "mounts": "pstore /sys/fs/pstore pstore rw 0 0\n", "pmsg0": "",
		"consoles": "ramoops-1            -W- (E  p a)\n", "uptime": "100.25 90.00\n",
	})
	p := proc.PstoreState(string(proc) + "/pmsg0")
	if p.Dir != "/sys/fs/pstore" || !p.Console || !p.Pmsg || time.Since(p.Started) < 100250*time.Millisecond || time.Since(p.Started) > 160*time.Second {
		t.Errorf("%+v", p)
	}
	if p := root(t, nil).PstoreState("/none"); p != (PstoreState{}) {
		t.Errorf("of nothing: %+v", p)
	}
}

func TestMissing(t *testing.T) {
	proc := root(t, map[string]string{"sys/kernel/printk": "many\n", "filesystems": "\text4\n"})
	if _, err := proc.BootID(); err == nil {
		t.Error("no error without a boot id")
	}
	if _, err := proc.ConsoleLevel(); err == nil {
		t.Error("no error for a level that is no number")
	}
	if has, err := proc.PstoreConsole(); has || err == nil {
		t.Errorf("console in pstore: %v, %v, without a table of consoles", has, err)
	}
	for _, consoles := range []string{"", "ttyS0                -W- (EC p  )    4:64\nxramoops-1           -W- (E  p a)\n"} {
		if has, err := root(t, map[string]string{"consoles": consoles}).PstoreConsole(); has || err != nil {
			t.Errorf("console in pstore: %v, %v, with %q", has, err, consoles)
		}
	}
	if known, _, err := proc.Pstore(); known || err == nil {
		t.Errorf("pstore %v, %v, without a table of mounts", known, err)
	}
}
