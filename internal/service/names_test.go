// SPDX-License-Identifier: GPL-2.0-only

package service

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
)

// hierarchy is a directory like that of the cgroups, and a proc that has it mounted.
type hierarchy struct {
	t    *testing.T
	dir  string
	proc procfs.Root
}

func newHierarchy(t *testing.T) *hierarchy {
	h := &hierarchy{t, filepath.Join(t.TempDir(), "cgroup"), procfs.Root(t.TempDir())}
	must(t, os.Mkdir(h.dir, 0o755))
	mounts := fmt.Sprintf("cgroup /sys/fs/cgroup/cpu cgroup rw 0 0\ncgroup2 %s cgroup2 rw,nsdelegate 0 0\n", h.dir)
	must(t, os.WriteFile(string(h.proc)+"/mounts", []byte(mounts), 0o644))
	return h
}

// names returns the names of what takes the place of cgroups.
func (h *hierarchy) names() *Names {
	h.t.Helper()
	var s syscall.Statfs_t
	must(h.t, syscall.Statfs(h.dir, &s))
	return NewNamesIn(h.proc, uint32(s.Type))
}

// add makes a group, and returns its id.
func (h *hierarchy) add(path string) uint64 {
	h.t.Helper()
	must(h.t, os.MkdirAll(filepath.Join(h.dir, path), 0o755))
	must(h.t, os.WriteFile(filepath.Join(h.dir, path, "cgroup.procs"), nil, 0o644))
	return inode(h.t, filepath.Join(h.dir, path))
}

// remove moves a group out of the hierarchy: another file system than that of cgroups would
// use its inode number for the next one.
func (h *hierarchy) remove(path string) {
	h.t.Helper()
	must(h.t, os.Rename(filepath.Join(h.dir, path), filepath.Join(h.t.TempDir(), "gone")))
}

func inode(t *testing.T, path string) uint64 {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	return uint64(uint32(info.Sys().(*syscall.Stat_t).Ino))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (n *Names) expect(t *testing.T, id uint64, want string) {
	t.Helper()
	if got := n.Name(id); got != want {
		t.Errorf("group %d is of %q, want %q", id, got, want)
	}
}

// TestTrees walks the groups of whole systems.
func TestTrees(t *testing.T) {
	for _, system := range []string{"openwrt", "debian"} {
		b, err := os.ReadFile("testdata/" + system + ".tree")
		must(t, err)
		h := newHierarchy(t)
		want := make(map[uint64]string)
		for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
			if path, name, ok := strings.Cut(line, " "); ok && line[0] != '#' {
				want[h.add(path)] = name
			}
		}
		n := h.names()
		for id, name := range want {
			n.expect(t, id, name)
		}
	}
}

func TestNames(t *testing.T) {
	h := newHierarchy(t)
	httpd := h.add("services/httpd/instance1")
	n := h.names()
	h.remove("services/httpd")
	n.expect(t, httpd, "httpd") // it has gone, and was known before

	cron := h.add("services/cron/instance1")
	n.expect(t, cron, "cron") // it has come since

	gone := uint64(1<<32 - 2) // no walk has seen it
	n.expect(t, gone, "")
	n.expect(t, 0, "")
	n.expect(t, 1, "") // the root

	e := event.Event{SenderCgroup: 1, TargetCgroup: cron}
	n.Fill(&e)
	if e.SenderService != "" || e.TargetService != "cron" {
		t.Errorf("%+v", e)
	}
	if allocs := testing.AllocsPerRun(100, func() { n.Fill(&e); n.Name(gone) }); allocs != 0 {
		t.Errorf("%v allocations for known groups", allocs)
	}

	n.Learn(gone, "logd")
	n.Learn(cron, "other")
	n.expect(t, gone, "logd")
	n.expect(t, cron, "cron")
	(*Names)(nil).Fill(&e)
}

// process adds a process to proc.
func (h *hierarchy) process(pid int, name string, state byte, cgroup string) {
	h.t.Helper()
	dir := filepath.Join(string(h.proc), strconv.Itoa(pid))
	must(h.t, os.MkdirAll(dir, 0o755))
	for file, text := range map[string]string{
		"comm":   name + "\n",
		"stat":   fmt.Sprintf("%d (%s) %c 1 %s", pid, name, state, strings.Repeat("1 ", 48)),
		"status": fmt.Sprintf("Name:\t%s\nNSpid:\t%d\n", name, pid),
		"cgroup": "1:name=x:/other\n0::" + cgroup + "\n",
	} {
		must(h.t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644))
	}
}

// enter makes proc that of this process, in a namespace of process ids.
func (h *hierarchy) enter(pidns string) {
	h.t.Helper()
	self := strconv.Itoa(os.Getpid())
	h.process(os.Getpid(), "sigtrail", 'R', "/")
	ns := filepath.Join(string(h.proc), self, "ns")
	must(h.t, os.RemoveAll(ns))
	must(h.t, os.Mkdir(ns, 0o755))
	must(h.t, os.Symlink(pidns, ns+"/pid"))
	must(h.t, os.Symlink("cgroup:[4026531835]", ns+"/cgroup"))
	if os.Symlink(self, string(h.proc)+"/self") != nil {
		must(h.t, os.Remove(string(h.proc)+"/self"))
		must(h.t, os.Symlink(self, string(h.proc)+"/self"))
	}
}

// The processes of services are those in their cgroups that have not ended. In a container,
// without cgroups, and where others are hidden, they are not known, which is not the same as none.
func TestRunning(t *testing.T) {
	h := newHierarchy(t)
	h.add("services/httpd/instance1")
	h.enter("pid:[4026531836]")
	h.process(1<<22+9, "worker", 'S', "/services/httpd/instance1/workers")
	h.process(1<<22+5, "httpd", 'D', "/services/httpd/instance1")
	h.process(1<<22+6, "httpd", 'Z', "/services/httpd/instance1")
	h.process(1<<22+7, "S50httpd", 'S', "/")
	if got := h.names().Running(); got != nil {
		t.Errorf("where others are hidden %v", got)
	}
	h.process(1, "procd", 'S', "/")
	got := h.names().Running()
	if len(got) != 1 || len(got["httpd"]) != 2 || got["httpd"][0].PID != 1<<22+5 || got["httpd"][0].Name != "httpd" || got["httpd"][1].Name != "worker" {
		t.Errorf("running %v", got)
	}
	if got := NewNames(h.proc).Running(); got != nil { // not cgroup2
		t.Errorf("without cgroups %v", got)
	}
	h.enter("pid:[4026532300]")
	if got := h.names().Running(); got != nil {
		t.Errorf("in a container %v", got)
	}
}

// Without cgroups nothing is known.
func TestNotMounted(t *testing.T) {
	n := NewNames(procfs.Root(t.TempDir()))
	n.expect(t, 5, "")
	if n.Mounted() {
		t.Error("it is mounted")
	}
}

// Another file system that is mounted over the hierarchy has no groups, and nor has one in it.
func TestMountedOver(t *testing.T) {
	h := newHierarchy(t)
	cron := h.add("services/cron/instance1")
	n := NewNames(h.proc)
	n.expect(t, cron, "")
	if n.Mounted() {
		t.Error("a file system that has no cgroups is taken for one")
	}
	n = h.names()
	n.expect(t, cron, "cron")
	if !n.Mounted() {
		t.Error("the hierarchy is not mounted")
	}

	device, _ := n.device(h.dir)
	if g, whole := readGroup("/proc", device); !whole || g.inode != 0 || len(g.children) > 0 {
		t.Errorf("of another device: %v", g)
	}
}

// A group that has the number of one that has gone gets its own name, once a walk sees it.
func TestNumberAgain(t *testing.T) {
	h := newHierarchy(t)
	httpd := h.add("services/httpd/instance1")
	n := h.names()
	must(t, os.Rename(filepath.Join(h.dir, "services/httpd"), filepath.Join(h.dir, "services/cron")))
	n.expect(t, httpd, "httpd")
	n.expect(t, h.add("services/logd/instance1"), "logd")
	n.expect(t, httpd, "cron")
}

// The time for walks is bounded.
func TestWalks(t *testing.T) {
	h := newHierarchy(t)
	n := h.names()
	cron := h.add("services/cron/instance1")
	n.left, n.at = -time.Hour-time.Minute, time.Now()
	n.expect(t, cron, "") // not now
	n.at = n.at.Add(-share * time.Hour)
	n.expect(t, cron, "") // it had used up more
	n.at = n.at.Add(-share * time.Hour)
	n.expect(t, cron, "cron")
}

// The number of names is bounded; those that are used stay.
func TestBound(t *testing.T) {
	h := newHierarchy(t)
	cron := h.add("services/cron/instance1")
	n := h.names()
	h.remove("services/cron")
	for id := uint64(1<<32 - 5*maxGroups); id < 1<<32; id++ {
		n.Learn(id, "x")
		n.expect(t, cron, "cron")
	}
	if len(n.now) > maxGroups || len(n.before) > maxGroups {
		t.Errorf("%d and %d names", len(n.now), len(n.before))
	}
}

// A walk is bounded, whatever a user makes, and begins near the root, with procd's.
func TestManyGroups(t *testing.T) {
	h := newHierarchy(t)
	for i := range 3 * maxGroups {
		must(t, os.MkdirAll(fmt.Sprintf("%s/a/b/%d", h.dir, i), 0o755))
	}
	cron, logd := h.add("services/cron/instance1"), h.add("services/logd/instance1")
	n := h.names()
	n.expect(t, cron, "cron")
	n.expect(t, logd, "logd")
	n.expect(t, inode(t, h.dir+"/services"), "/services")
	if len(n.now)+len(n.before) > maxGroups {
		t.Errorf("%d and %d names", len(n.now), len(n.before))
	}
}

// A group that a walk did not see, as there are too many, or as a directory could not be read,
// is looked for again.
func TestIncompleteWalk(t *testing.T) {
	h := newHierarchy(t)
	var ids []uint64
	for i := range maxGroups {
		ids = append(ids, h.add(fmt.Sprintf("x/%04d", i)))
	}
	n := h.names()
	n.left = time.Hour
	last := len(ids) - 1
	n.expect(t, ids[0], "/x/0000")
	n.expect(t, ids[last], "")
	h.remove("x/0000")
	h.remove("x/0001")
	h.remove("x/0002")
	n.left = time.Hour
	n.expect(t, ids[last], fmt.Sprintf("/x/%04d", last))

	gone := uint64(1<<32 - 2)
	n.expect(t, gone, "")
	if _, known := n.find(gone); !known {
		t.Error("a walk that saw all groups does not know that one has gone")
	}

	if _, whole := readGroup(filepath.Join(h.dir, "none"), 0); !whole {
		t.Error("a directory that has gone is not whole")
	}
	if _, whole := readGroup(filepath.Join(h.dir, "x/0003/cgroup.procs"), 0); !whole {
		t.Error("of another device")
	}
	device, _ := n.device(h.dir)
	if _, whole := readGroup(filepath.Join(h.dir, "x/0003/cgroup.procs"), device); whole {
		t.Error("a directory that cannot be read is whole")
	}
}

// TestCgroup asks the kernel, where this machine lets us make groups.
func TestCgroup(t *testing.T) {
	root := procfs.Root("/proc").Cgroup2()
	dir := filepath.Join(root, fmt.Sprintf("sigtrail-test-%d", os.Getpid()))
	if root == "" || os.Mkdir(dir, 0o755) != nil {
		t.Skip("no cgroups of version 2 that can be changed")
	}
	defer os.Remove(dir)
	n := NewNames("/proc")
	id := inode(t, dir)
	n.expect(t, id, "/"+filepath.Base(dir))
	must(t, os.Remove(dir))
	n.expect(t, id, "/"+filepath.Base(dir))
	must(t, os.Mkdir(dir, 0o755))
	if again := inode(t, dir); again == id {
		t.Errorf("the group that was made again has the same id %d", id)
	}
}

func BenchmarkFill(b *testing.B) {
	n := NewNames("/proc")
	n.Learn(1234, "cron")
	e := event.Event{SenderCgroup: 1, TargetCgroup: 1234}
	b.ReportAllocs()
	for range b.N {
		n.Fill(&e)
	}
}
