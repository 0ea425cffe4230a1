// SPDX-License-Identifier: GPL-2.0-only

package pkg

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const script = top + "/openwrt-feed/install/tree"

// A skeleton has the files of an OpenWrt tree that its kernel build, its feeds and
// the script read.
type skeleton struct {
	t   *testing.T
	dir string
}

func newSkeleton(t *testing.T, series ...string) *skeleton {
	s := &skeleton{t, t.TempDir()}
	s.write("rules.mk", "")
	s.write("include/kernel.mk", "")
	s.write("scripts/feeds", "#!/usr/bin/env perl\n")
	s.write("feeds.conf.default", "src-git packages https://example.org/packages.git\n")
	s.write("target/linux/generic/files/include/linux/myloader.h", "")
	s.write("target/linux/generic/files/include/uapi/linux/switch.h", "")
	for _, version := range series {
		s.write("target/linux/generic/kernel-"+version, "LINUX_VERSION-"+version+" = .1\n")
		s.write("target/linux/generic/hack-"+version+"/902-debloat_proc.patch", "")
		s.write("target/linux/generic/config-"+version,
			"CONFIG_SIGNALFD=y\n# CONFIG_SIGNED_PE_FILE_VERIFICATION is not set\n# CONFIG_SIOX is not set\nCONFIG_SLUB=y\n")
	}
	s.write("target/linux/mediatek/Makefile", "BOARD:=mediatek\nKERNEL_PATCHVER:=6.12\nKERNEL_TESTING_PATCHVER:=6.18\n")
	s.write("target/linux/mediatek/mt7629/target.mk", "KERNEL_PATCHVER := 6.6 # the last one\n")
	s.write("target/linux/old/Makefile", "KERNEL_PATCHVER:=4.14\n")
	return s
}

func (s *skeleton) write(name, content string) {
	write(s.t, filepath.Join(s.dir, name), content, 0o644)
}
func (s *skeleton) read(name string) string { return read(s.t, filepath.Join(s.dir, name)) }

// do runs the script, and returns what it printed.
func (s *skeleton) do(verb string) (said string, code int) {
	s.t.Helper()
	out, errs, code := run(s.t, ".", nil, script, verb, s.dir)
	if code == 0 && errs != "" {
		s.t.Errorf("%s: %s", verb, errs)
	}
	return strings.TrimSpace(out + errs), code
}

func (s *skeleton) must(verb string) string {
	s.t.Helper()
	said, code := s.do(verb)
	if code != 0 {
		s.t.Fatalf("%s: exit code %d: %s", verb, code, said)
	}
	return said
}

// state returns every file and directory, with its mode and content.
func (s *skeleton) state() map[string]string {
	s.t.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		what := info.Mode().String()
		if info.Mode().IsRegular() {
			what += "\n" + read(s.t, path)
		}
		all[strings.TrimPrefix(path, s.dir)] = what
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func (s *skeleton) same(before map[string]string, when string) {
	s.t.Helper()
	after := s.state()
	if maps.Equal(before, after) {
		return
	}
	for path, what := range after {
		if before[path] != what {
			s.t.Errorf("%s: %s is now\n%s\nand was\n%s", when, path, what, before[path])
		}
	}
	for path := range before {
		if _, ok := after[path]; !ok {
			s.t.Errorf("%s: %s is missing", when, path)
		}
	}
}

func TestTreeInstall(t *testing.T) {
	s := newSkeleton(t, "6.12", "6.18", "6.99")
	before := s.state()
	said := s.must("install")
	for _, want := range []string{"for Linux 6.12 6.18.", "scripts/feeds install sigtrail", "CONFIG_SIGTRAIL", "menuconfig"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}

	// The kernel build applies hack-VERSION, and copies files/ over the source.
	for _, version := range []string{"6.12", "6.18"} {
		patch := "950-signal-sigtrail.patch"
		if s.read("target/linux/generic/hack-"+version+"/"+patch) != read(t, top+"/kernel-patches/"+version+"/"+patch) {
			t.Errorf("the patch for %s differs", version)
		}
		want := "CONFIG_SIGNALFD=y\n# CONFIG_SIGNED_PE_FILE_VERIFICATION is not set\n# CONFIG_SIGTRAIL is not set\n" +
			"# CONFIG_SIGTRAIL_KUNIT_TEST is not set\n# CONFIG_SIOX is not set\nCONFIG_SLUB=y\n"
		if got := s.read("target/linux/generic/config-" + version); got != want {
			t.Errorf("config-%s:\n%s", version, got)
		}
	}
	if strings.Contains(s.read("target/linux/generic/config-6.99"), "SIGTRAIL") {
		t.Error("an option was added for a kernel without a patch")
	}
	err := filepath.WalkDir(top+"/kernel-patches/files", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name := strings.TrimPrefix(path, top+"/kernel-patches/")
			if filepath.Ext(name) == ".license" {
				if _, err := os.Stat(filepath.Join(s.dir, "target/linux/generic", name)); err == nil {
					t.Errorf("%s is installed", name)
				}
			} else if s.read("target/linux/generic/"+name) != read(t, path) {
				t.Errorf("%s differs", name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	clone, err := filepath.Abs(top)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.read("feeds.conf"), "src-link sigtrail "+clone+"/openwrt-feed\nsrc-include defaults feeds.conf.default\n"; got != want {
		t.Errorf("feeds.conf:\n%swant\n%s", got, want)
	}

	installed := s.state()
	s.must("install")
	s.same(installed, "installed twice")

	// What scripts/feeds makes for the feed.
	for _, dir := range []string{"feeds/sigtrail.tmp/info", "package/feeds/sigtrail"} {
		if err := os.MkdirAll(filepath.Join(s.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{
		"feeds/sigtrail":                  clone + "/openwrt-feed",
		"feeds/sigtrail.index":            "sigtrail.tmp/.packageinfo",
		"package/feeds/sigtrail/sigtrail": "../../../feeds/sigtrail/sigtrail",
	} {
		if err := os.Symlink(to, filepath.Join(s.dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if said := s.must("uninstall"); !strings.Contains(said, "no longer in") {
		t.Error(said)
	}
	for _, dir := range []string{"feeds", "package/feeds", "package"} {
		if err := os.Remove(filepath.Join(s.dir, dir)); err != nil {
			t.Error(err)
		}
	}
	s.same(before, "uninstalled")
	if said := s.must("uninstall"); !strings.Contains(said, "is not in") {
		t.Error(said)
	}
	s.same(before, "uninstalled twice")
}

// Uninstalling restores any feeds.conf.
func TestTreeFeeds(t *testing.T) {
	for _, content := range []string{
		"", "src-git packages https://example.org/p.git\n", "# no end", "\n\n",
		"src-include defaults feeds.conf.default\nsrc-link mine /mine\n",
	} {
		s := newSkeleton(t, "6.6")
		s.write("feeds.conf", content)
		before := s.state()
		s.must("install")
		if got := s.read("feeds.conf"); !strings.HasPrefix(got, "src-link sigtrail /") || !strings.HasSuffix(got, content) {
			t.Errorf("feeds.conf of %q is now %q", content, got)
		}
		s.must("uninstall")
		s.same(before, fmt.Sprintf("with %q in feeds.conf", content))
	}
}

// A newer clone, in another place, replaces an older one; the kernel's configuration
// stays.
func TestTreeUpgrade(t *testing.T) {
	s := newSkeleton(t, "6.6")
	fresh := s.state()
	s.must("install")
	installed := s.state()
	s.write("feeds.conf", strings.Replace(s.read("feeds.conf"), "sigtrail /", "sigtrail /old/", 1))
	s.write("target/linux/generic/files/kernel/sigtrail/old.c", "")
	s.write("target/linux/generic/hack-6.6/949-older-sigtrail.patch", "")
	s.must("install")
	s.same(installed, "installed over an older one")

	config := "target/linux/generic/config-6.6"
	chosen := strings.Replace(s.read(config), "# CONFIG_SIGTRAIL is not set", "CONFIG_SIGTRAIL=y", 1)
	s.write(config, chosen)
	s.must("install")
	if got := s.read(config); got != chosen {
		t.Errorf("the configuration is now\n%s", got)
	}
	s.must("uninstall")
	s.same(fresh, "uninstalled")
}

// A tree to which sigtrail cannot be added is not changed.
func TestTreeRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		series []string
		spoil  func(s *skeleton)
		want   string
	}{
		"not a tree": {nil, func(s *skeleton) { os.Remove(filepath.Join(s.dir, "rules.mk")) },
			"not an OpenWrt tree: DIR has no rules.mk"},
		"no patch": {[]string{"4.14", "5.4"}, nil,
			"DIR has Linux 4.14 5.4, patches exist for Linux 5.10 "},
		"no patch for the target": {[]string{"4.14", "6.12"}, func(s *skeleton) { s.write(".config", "CONFIG_TARGET_BOARD=\"old\"\n") },
			"DIR is configured for old, which has Linux 4.14: patches exist for Linux 5.10 "},
		"another kernel": {[]string{"6.12"}, func(s *skeleton) { s.write(".config", "CONFIG_EXTERNAL_KERNEL_TREE=\"/linux\"\n") },
			"DIR builds your own kernel (CONFIG_EXTERNAL_KERNEL_TREE), which OpenWrt does not patch: use make kernel-patch"},
		"another feed": {[]string{"6.12"}, func(s *skeleton) { s.write("feeds.conf", "src-git --force sigtrail https://example.org/s.git\n") },
			"DIR/feeds.conf has another feed with the name sigtrail: remove it first"},
		"no configuration": {[]string{"6.12"}, func(s *skeleton) {
			os.Remove(filepath.Join(s.dir, "target/linux/generic/config-6.12"))
		}, "DIR has Linux 6.12, but no target/linux/generic/config-6.12"},
		// This one fails half way: the changes are undone.
		"a file in the way": {[]string{"6.12"}, func(s *skeleton) {
			s.write("target/linux/generic/files/kernel", "")
		}, "cannot add sigtrail to DIR; all changes are undone"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSkeleton(t, c.series...)
			if c.spoil != nil {
				c.spoil(s)
			}
			before := s.state()
			said, code := s.do("install")
			last := said[strings.LastIndexByte(said, '\n')+1:]
			if want := "tree: " + strings.ReplaceAll(c.want, "DIR", s.dir); code != 1 || !strings.HasPrefix(last, want) {
				t.Errorf("exit code %d: %s\nwant %s", code, said, want)
			}
			s.same(before, "refused")
		})
	}
	for _, args := range [][]string{{}, {"install"}, {"install", ""}, {"destroy", "/"}} {
		if out, errs, code := run(t, ".", nil, script, args...); code != 1 || out != "" || !strings.HasPrefix(errs, "tree: ") {
			t.Errorf("%q: exit code %d, %s%s", args, code, out, errs)
		}
	}
}

// The kernel is that of the chosen target: its subtarget's, or the testing kernel, if
// chosen.
func TestTreeChosenKernel(t *testing.T) {
	for config, want := range map[string]int{
		"":                                   0,
		"CONFIG_TARGET_BOARD=\"mediatek\"\n": 0,
		"CONFIG_TARGET_BOARD=\"mediatek\"\nCONFIG_TARGET_SUBTARGET=\"mt7629\"\n": 0,
		"CONFIG_TARGET_BOARD=\"gone\"\n":                                         0,
		"CONFIG_TARGET_BOARD=\"odd\"\n":                                          0,
		"CONFIG_TARGET_BOARD=\"odd\"\nCONFIG_TARGET_SUBTARGET=\"sub\"\n":         1,
		"CONFIG_TARGET_BOARD=\"odd\"\nCONFIG_TESTING_KERNEL=y\n":                 1,
	} {
		s := newSkeleton(t, "6.6", "6.12", "6.18")
		s.write("target/linux/odd/Makefile", "KERNEL_PATCHVER:=6.12\nKERNEL_TESTING_PATCHVER:=7.77\n")
		s.write("target/linux/odd/sub/target.mk", "KERNEL_PATCHVER:=6.8\n")
		s.write(".config", config)
		if said, code := s.do("install"); code != want {
			t.Errorf("with %q: exit code %d: %s", config, code, said)
		}
	}
}

// Up to 24.10, OpenWrt had the kernels' versions in include/.
func TestTreeOfOlderRelease(t *testing.T) {
	s := newSkeleton(t, "6.6")
	old, now := filepath.Join(s.dir, "target/linux/generic/kernel-6.6"), filepath.Join(s.dir, "include/kernel-6.6")
	if err := os.Rename(old, now); err != nil {
		t.Fatal(err)
	}
	s.write("include/kernel-defaults.mk", "")
	if said := s.must("install"); !strings.Contains(said, "for Linux 6.6.") {
		t.Error(said)
	}
}
