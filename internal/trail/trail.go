// SPDX-License-Identifier: GPL-2.0

// Package trail keeps trails: that of the running boot, on tmpfs (Writer, Read), and
// those of shutdowns, on flash (Store, List).
//
// The running boot's is JSON lines in two files of one directory. Each begins with
// a line that names the boot, {"boot_id":"..."}; then comes one line for each event
// or loss, as package event writes them. New lines go to trail.jsonl. When that has
// half the bound, it becomes trail.old.jsonl, in place of the one before: so at
// least the newest half of the bound is there, and never more than the whole.
//
// A shutdown has a file that grows while the system goes down (Shutdown), goes on in
// pstore where flash ends, and is put together with what pstore has after the reset
// (Recover).
package trail

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"sigtrail/internal/event"
)

// Files in the trail's directory.
const (
	Current = "trail.jsonl"
	Old     = "trail.old.jsonl"
	Socket  = "sigtrail.sock" // where the daemon tells its status
)

// ErrLocked means that another process writes the trail.
var ErrLocked = errors.New("another daemon writes this trail")

// A line is no longer than this: names and text, all escaped, and the rest.
const maxLine = 4 << 10

func header(bootID string) string {
	t := event.Trail{BootID: bootID}
	return string(append(t.AppendHeader(nil), '\n'))
}

// lock makes the directory, if it is not there, and takes it for this process
// until the file returned is closed. What stands in /tmp, where everybody may
// make directories, is taken only if it is ours alone.
func lock(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("trail: %w", err)
	}
	f, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, fmt.Errorf("trail: %w", err)
	}
	info, err := f.Stat()
	if err == nil {
		if st := info.Sys().(*syscall.Stat_t); int(st.Uid) != os.Geteuid() || info.Mode().Perm()&0o022 != 0 {
			err = errors.New("not ours alone: owner and mode must keep others from writing")
		}
	}
	if err == nil {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = ErrLocked
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("trail %s: %w", dir, err)
	}
	return f, nil
}

func checkBootID(id string) error {
	if id == "" || strings.Trim(strings.ToLower(id), "0123456789abcdef-") != "" {
		return fmt.Errorf("trail: boot id %q is no UUID", id)
	}
	return nil
}

func path(dir, name string) string { return filepath.Join(dir, name) }
