// SPDX-License-Identifier: GPL-2.0-only

package service

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"sigtrail/internal/procfs"
)

// cgroup2Magic is CGROUP2_SUPER_MAGIC of include/uapi/linux/magic.h.
const cgroup2Magic = 0x63677270

// walk finds the names of all groups, those near the root first, and of these procd's, and
// the users' ("user.slice") late. It reports whether it saw all groups: what is beyond its
// bound, or cannot be read, has no names.
func (n *Names) walk() (complete bool) {
	started := time.Now()
	defer func() { n.left -= time.Since(started) }()
	root := n.proc.Cgroup2()
	device, ok := n.device(root)
	if n.mounted = ok; !ok {
		return false
	}
	complete = true
	paths := []string{"/services", ""}
	for i := 0; i < len(paths); i++ {
		g, whole := readGroup(filepath.Join(root, paths[i]), device)
		complete = complete && whole
		if paths[i] != "" && g.inode != 0 {
			n.put(uint64(uint32(g.inode)), FromPath(paths[i]))
		}
		for _, child := range g.children {
			if path := paths[i] + "/" + child; path == paths[0] {
				continue
			} else if len(paths) < maxGroups {
				paths = append(paths, path)
			} else {
				complete = false
			}
		}
	}
	return complete
}

// Running returns the processes that each service has now, as procfs.Root.Stat has them, by the
// service's name; nil: that is not known, as without a hierarchy, in a container, or where proc
// hides the processes of others, such as process 1 (hidepid, see proc(5)).
func (n *Names) Running() map[string][]procfs.Process {
	if !n.mounted || !n.proc.Initial() {
		return nil
	}
	all := make(map[string][]procfs.Process)
	hidden := true
	err := n.proc.Names(func(pid int, _ string) {
		hidden = hidden && pid != 1
		path, err := n.proc.Cgroup(pid)
		if err != nil || FromPath(path) == "" {
			return
		}
		if p, err := n.proc.Stat(pid); err == nil && !p.Ended() {
			name := FromPath(path)
			all[name] = append(all[name], p)
		}
	})
	if err != nil || hidden {
		return nil
	}
	for _, list := range all {
		slices.SortFunc(list, func(a, b procfs.Process) int { return a.PID - b.PID })
	}
	return all
}

// device returns the device of the hierarchy's root, and whether that is one of cgroups: another
// file system may be mounted over it.
func (n *Names) device(root string) (device uint64, ok bool) {
	var s syscall.Statfs_t
	f, err := os.Open(root)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || syscall.Fstatfs(int(f.Fd()), &s) != nil {
		return 0, false
	}
	return uint64(info.Sys().(*syscall.Stat_t).Dev), uint32(s.Type) == n.magic
}

// group is a directory of the hierarchy.
type group struct {
	inode    uint64   // 0: unknown
	children []string // sorted
}

// readGroup reads a directory, of one that a user has filled only some, and reports whether it
// is whole. One that has gone is whole, and empty, and so is one of another device: what is
// mounted there is no group.
func readGroup(dir string, device uint64) (g group, whole bool) {
	f, err := os.Open(dir)
	if err != nil {
		return g, errors.Is(err, fs.ErrNotExist)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return g, false
	}
	stat := info.Sys().(*syscall.Stat_t)
	if uint64(stat.Dev) != device {
		return g, true
	}
	g.inode = stat.Ino
	const most = 2 * maxGroups
	list, err := f.ReadDir(most)
	for _, entry := range list {
		if entry.IsDir() {
			g.children = append(g.children, entry.Name())
		}
	}
	slices.SortFunc(g.children, strings.Compare)
	return g, len(list) < most && (err == nil || err == io.EOF || errors.Is(err, fs.ErrNotExist))
}
