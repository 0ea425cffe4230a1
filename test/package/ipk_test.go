//go:build package

// SPDX-License-Identifier: GPL-2.0-only

package pkg

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

var all = flag.Bool("all", false, "pack for every architecture, not for two")

// The files of the package, with their modes.
var installed = map[string]fs.FileMode{
	"etc/capabilities/sigtrail.json":                 0o644,
	"etc/capabilities/sigtrail-trigger.json":         0o644,
	"etc/config/sigtrail":                            0o600,
	"etc/init.d/sigtrail":                            0o755,
	"lib/upgrade/keep.d/sigtrail":                    0o644,
	"usr/libexec/rpcd/sigtrail":                      0o755,
	"usr/sbin/sigtrail":                              0o755,
	"usr/share/bash-completion/completions/sigtrail": 0o644,
	"usr/share/rpcd/acl.d/sigtrail.json":             0o644,
}

var machines = map[string]struct {
	machine elf.Machine
	data    elf.Data
}{
	"arm": {elf.EM_ARM, elf.ELFDATA2LSB}, "arm64": {elf.EM_AARCH64, elf.ELFDATA2LSB}, "amd64": {elf.EM_X86_64, elf.ELFDATA2LSB},
	"mips": {elf.EM_MIPS, elf.ELFDATA2MSB}, "mipsle": {elf.EM_MIPS, elf.ELFDATA2LSB},
}

func TestIPK(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "clone")
	clone(t, source)
	out := filepath.Join(dir, "out")
	targets := map[string]string{"arm_cortex-a7_neon-vfpv4": "arm-7", "mipsel_24kc": "mipsle-softfloat"}
	args := []string{out, "mipsel_24kc", "arm_cortex-a7_neon-vfpv4"}
	if *all {
		args = []string{out}
		for _, line := range strings.Split(read(t, top+"/openwrt-feed/ipk/architectures"), "\n") {
			if f := strings.Fields(line); len(f) == 2 && line[0] != '#' {
				targets[f[0]] = f[1]
			}
		}
	}
	write(t, out+"/sigtrail_2025.11.21~an0lder1ne-r1_mipsel_24kc.ipk", "", 0o644)
	must(t, ".", nil, source+"/openwrt-feed/ipk/service", args...)

	version := strings.TrimSpace(must(t, source, nil, "git", "log", "-1", "--abbrev=10", "--format=2025.11.22~%h"))
	var want []string
	for name := range targets {
		want = append(want, fmt.Sprintf("sigtrail_%s-r1_%s.ipk", version, name))
	}
	slices.Sort(want)
	var got []string
	paths, err := filepath.Glob(out + "/*.ipk")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		got = append(got, filepath.Base(path))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("packages %q, want %q", got, want)
	}
	for name, target := range targets {
		path := fmt.Sprintf("%s/sigtrail_%s-r1_%s.ipk", out, version, name)
		t.Run(name, func(t *testing.T) {
			p := unpack(t, path)
			testFiles(t, p)
			testControl(t, p, version, name)
			testBinary(t, p, version, target)
			testInstall(t, p)
		})
	}

	// The same commit gives the same bytes in another directory, for another user.
	other := filepath.Join(dir, "another/place")
	clone(t, other)
	must(t, ".", []string{"TZ=Asia/Tokyo", "LC_ALL=C.UTF-8", "USER=x"}, "sh", "-c", "umask 077; exec "+other+"/openwrt-feed/ipk/service "+
		other+"/out mipsel_24kc")
	name := "sigtrail_" + version + "-r1_mipsel_24kc.ipk"
	if read(t, out+"/"+name) != read(t, other+"/out/"+name) {
		t.Error("two packages of the same commit differ")
	}
}

func testFiles(t *testing.T, p *ipk) {
	if got, want := p.files(), slices.Sorted(maps.Keys(installed)); !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
	for name, mode := range installed {
		if got := p.data[name].mode; got != mode {
			t.Errorf("%s is %o, want %o", name, got, mode)
		}
	}
	for name, from := range map[string]string{"etc/config/sigtrail": "config", "etc/init.d/sigtrail": "init",
		"etc/capabilities/sigtrail.json": "capabilities", "etc/capabilities/sigtrail-trigger.json": "capabilities-trigger",
		"usr/libexec/rpcd/sigtrail": "rpcd", "usr/share/rpcd/acl.d/sigtrail.json": "acl",
		"usr/share/bash-completion/completions/sigtrail": "bash-completion"} {
		if want := read(t, top+"/files/sigtrail."+from); string(p.data[name].content) != want {
			t.Errorf("%s is another file than files/sigtrail.%s", name, from)
		}
	}
	if got := string(p.data["lib/upgrade/keep.d/sigtrail"].content); got != "/etc/sigtrail/\n" {
		t.Errorf("a sysupgrade keeps %q", got)
	}
}

func testControl(t *testing.T, p *ipk, version, architecture string) {
	names := slices.Sorted(maps.Keys(p.control))
	if want := []string{"conffiles", "control", "postinst", "postinst-pkg", "postrm", "prerm"}; !slices.Equal(names, want) {
		t.Errorf("control has %q, want %q", names, want)
	}
	for name, mode := range p.modes {
		script := name != "control" && name != "conffiles"
		if script != (mode == 0o755) || !script && mode != 0o644 {
			t.Errorf("%s is %o", name, mode)
		}
		if script != strings.HasPrefix(p.control[name], "#!/bin/sh\n") {
			t.Errorf("%s begins with %.20q", name, p.control[name])
		}
	}
	size := 0
	for _, f := range p.data {
		size += len(f.content)
	}
	fields, description, _ := strings.Cut(p.control["control"], "Description: ")
	head, tail, _ := strings.Cut(fields, "Installed-Size: ")
	var bytes int
	fmt.Sscan(tail, &bytes)
	if want := "Package: sigtrail\nVersion: " + version + "-r1\nLicense: GPL-2.0-only\nSection: admin\nMaintainer: "; !strings.HasPrefix(head, want) ||
		!strings.HasSuffix(head, ">\nArchitecture: "+architecture+"\n") || strings.Count(head, "\n") != 6 {
		t.Errorf("control begins with\n%s\nwant\n%s", head, want)
	}
	if size == 0 || bytes < size || bytes > size+32<<10 {
		t.Errorf("Installed-Size is %d, the files have %d bytes", bytes, size)
	}
	// A line that does not begin with a blank would be another field.
	if lines := strings.Split(strings.TrimSpace(description), "\n"); len(lines) < 2 || !strings.HasPrefix(lines[0], "Records") {
		t.Errorf("description %q", description)
	} else {
		for _, line := range lines[1:] {
			if len(line) < 2 || line[0] != ' ' || line[1] == ' ' {
				t.Errorf("line %q of the description", line)
			}
		}
	}
	for _, name := range []string{"postinst-pkg", "postrm"} {
		path := filepath.Join(t.TempDir(), name)
		write(t, path, p.control[name], 0o755)
		if out, _, code := run(t, ".", nil, "shellcheck", "-s", "dash", path); code != 0 {
			t.Errorf("shellcheck of %s: %s", name, out)
		}
	}
	if p.control["conffiles"] != "/etc/config/sigtrail\n" {
		t.Errorf("conffiles are %q", p.control["conffiles"])
	}
}

func testBinary(t *testing.T, p *ipk, version, target string) {
	binary := p.data["usr/sbin/sigtrail"].content
	arch, variant, _ := strings.Cut(target, "-")
	f, err := elf.NewFile(bytes.NewReader(binary))
	if err != nil {
		t.Fatal(err)
	}
	if want := machines[arch]; f.Machine != want.machine || f.Data != want.data {
		t.Errorf("the binary is for %v, %v", f.Machine, f.Data)
	}
	for _, prog := range f.Progs {
		if prog.Type == elf.PT_INTERP || prog.Type == elf.PT_DYNAMIC {
			t.Errorf("the binary is not static: it has a %v", prog.Type)
		}
	}
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		t.Fatal(err)
	}
	settings := make(map[string]string)
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if settings["GOARCH"] != arch || settings["CGO_ENABLED"] != "0" || arch == "arm" && settings["GOARM"] != variant ||
		strings.HasPrefix(arch, "mips") && settings["GOMIPS"] != variant {
		t.Errorf("the binary was built with %q", settings)
	}
	if !bytes.Contains(binary, []byte(version)) {
		t.Errorf("the binary does not have its version, %s", version)
	}
	if arch == runtime.GOARCH {
		path := filepath.Join(t.TempDir(), "sigtrail")
		write(t, path, string(binary), 0o755)
		if out := must(t, ".", nil, path, "--version"); out != "sigtrail "+version+"\n" {
			t.Errorf("--version prints %q", out)
		}
	}
}

// testInstall installs the files in an empty root, runs the scripts, and removes the
// files, as opkg does.
func testInstall(t *testing.T, p *ipk) {
	root := t.TempDir()
	write(t, root+"/lib/functions.sh", read(t, "testdata/functions.sh"), 0o644)
	info := root + "/usr/lib/opkg/info/sigtrail."
	for name, content := range p.control {
		write(t, info+name, content, p.modes[name])
	}
	lay := func() {
		for _, name := range p.files() {
			write(t, filepath.Join(root, name), string(p.data[name].content), p.data[name].mode)
		}
	}
	lay()
	write(t, info+"list", "/"+strings.Join(p.files(), "\n/")+"\n", 0o644)
	// Files that are made at run time.
	trails := []string{"/etc/sigtrail/shutdown-1.sig", "/var/etc/sigtrail.ini", "/tmp/sigtrail/trail.1.sig"}
	for _, name := range trails {
		write(t, root+name, "", 0o644)
	}
	script := func(name string, env ...string) string {
		t.Helper()
		out, code := ash(t, append(env, "IPKG_INSTROOT="+root, "PKG_ROOT="+root+"/"), info+name, "x")
		if code != 0 {
			t.Errorf("%s: exit code %d", name, code)
		}
		return out
	}

	if out := script("postinst", "PKG_UPGRADE=0"); out != "postinst sigtrail x\nservice sigtrail\n" {
		t.Errorf("postinst: %s", out)
	}
	if out := script("postinst", "IPKG_NO_SCRIPT=1"); out != "" {
		t.Errorf("postinst, with IPKG_NO_SCRIPT: %s", out)
	}
	if out := script("prerm", "PKG_UPGRADE=1"); out != "prerm sigtrail x\nservice sigtrail\n" {
		t.Errorf("prerm: %s", out)
	}
	script("postrm", "PKG_UPGRADE=1")
	for _, name := range trails {
		if _, err := os.Stat(root + name); err != nil {
			t.Errorf("an upgrade removes %s", name)
		}
	}

	script("prerm", "PKG_UPGRADE=0")
	for _, name := range p.files() {
		if err := os.Remove(filepath.Join(root, name)); err != nil {
			t.Error(err)
		}
	}
	if out := script("postrm", "PKG_UPGRADE=0"); out != "" {
		t.Errorf("postrm: %s", out)
	}
	for _, name := range []string{"/usr/lib/opkg", "/lib/functions.sh"} {
		if err := os.RemoveAll(root + name); err != nil {
			t.Fatal(err)
		}
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && (!d.IsDir() || d.Name() == "sigtrail") {
			t.Errorf("not removed: %s", strings.TrimPrefix(path, root))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestIPKRefusals(t *testing.T) {
	_, errs, code := run(t, ".", nil, top+"/openwrt-feed/ipk/service", t.TempDir(), "sparc")
	if code != 1 || !strings.HasPrefix(errs, "service: unknown architecture sparc; there are packages for arm_cortex-a5_vfpv4 ") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}
