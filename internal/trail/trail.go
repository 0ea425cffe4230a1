// SPDX-License-Identifier: GPL-2.0-only

// Package trail stores and reads trails: the trail of the running boot, on tmpfs
// (Writer, Read), and the trails of shutdowns, on flash (Store, List).
//
// Both consist of frames, see package frame. The first one of each file is its header.
//
// The trail of the running boot has parts. In each the oldest segment is removed when it
// is full, so that none pushes out what another one has:
//
//	trail.N.sig   all records but those of a user's share of the ring
//	uid-U.N.sig   what the user U sent among its own processes
//	others.N.sig  the same of further users, and records of shares without a sender
//
// Readers merge them by number.
//
// A shutdown has a file on flash that grows while the system goes down
// (ShutdownWriter). When flash fails, the trail continues in pstore. After the reset
// both parts are merged (Recover).
package trail

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Socket is a file in the trail's directory: there the daemon answers with its status.
const Socket = "sigtrail.sock"

// ErrLocked means that another process writes the trail.
var ErrLocked = errors.New("in use by another sigtrail daemon")

// lock makes the directory if it does not exist, and locks it for this process
// until the returned file is closed. In /tmp any user may make directories, so
// one that other users can write to is refused.
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
			err = errors.New("unsafe directory: other users can write to it; remove it, or correct owner and mode")
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
		return fmt.Errorf("trail: boot id %q is not a UUID", id)
	}
	return nil
}

func path(dir, name string) string { return filepath.Join(dir, name) }
