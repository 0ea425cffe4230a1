// SPDX-License-Identifier: GPL-2.0-only

package pkg

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// layOut runs a Makefile of the feed, as openwrt-feed/ipk does, and returns the
// directory of the result: data and control.
func layOut(t *testing.T, clone, name string, vars ...string) string {
	t.Helper()
	out := t.TempDir()
	root, err := filepath.Abs(clone)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-s", "-C", root + "/openwrt-feed/" + name, "TOPDIR=" + root + "/openwrt-feed/buildroot", "OUT=" + out}
	must(t, ".", nil, "make", append(args, vars...)...)
	return out
}

// fakeGo writes its arguments to the output, and builds nothing.
const fakeGo = `#!/bin/sh
for arg; do
	case $last in
	-o) mkdir -p "$arg" && exec >"$arg/sigtrail" ;;
	esac
	last=$arg
done
[ -e go.mod ] && [ -e go.sum ] && [ -e cmd/sigtrail/main.go ] && [ -d internal ] && echo sources
echo "$GOOS $GOARCH $GOARM $GOMIPS $CGO_ENABLED"
for arg; do
	echo "<$arg>"
done
`

// The feed's Makefile builds a static binary, although OpenWrt's default is another.
func TestFeedBuilds(t *testing.T) {
	gobin := filepath.Join(t.TempDir(), "go")
	write(t, gobin, fakeGo, 0o755)
	for target, env := range map[string]string{
		"arm-7": "linux arm 7  0", "mips-softfloat": "linux mips  softfloat 0", "arm64": "linux arm64   0",
	} {
		out := layOut(t, top, "sigtrail", "GO="+gobin, "GO_TARGET="+target)
		asked := read(t, out+"/data/usr/sbin/sigtrail")
		for _, want := range []string{"sources\n", env + "\n", "<-trimpath>\n", "<-buildvcs=false>\n", "<all=-l>\n",
			"<sigtrail/cmd/sigtrail>\n"} {
			if !strings.Contains(asked, want) {
				t.Errorf("%s: go is called without %q:\n%s", target, want, asked)
			}
		}
		if !regexp.MustCompile(`<-s -w -X main\.version=[0-9][^ ]* *>`).MatchString(asked) {
			t.Errorf("%s: go is called with other linker flags:\n%s", target, asked)
		}
	}
}

// kernelDir makes the files of a built kernel, with a Makefile for modules.
func kernelDir(t *testing.T, dir, release string) {
	t.Helper()
	write(t, dir+"/include/config/kernel.release", release+"\n", 0o644)
	write(t, dir+"/.config", "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/mips "+release+" Kernel Configuration\n#\n"+
		"CONFIG_CC_VERSION_TEXT=\"gcc (Debian) 12\"\nCONFIG_KPROBES=y\nCONFIG_SIGTRAIL=y\n", 0o644)
	write(t, dir+"/Makefile", "modules:\n\ttest -e $(M)/main.c\n\techo 'int $(ARCH);' | gcc -x c -c -o $(M)/sigtrail_trigger.ko -\n", 0o644)
}

func TestFeedBuildsModule(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "clone")
	clone(t, source)
	write(t, source+"/kmod/main.c", "", 0o644)
	buildroot := filepath.Join(dir, "build_dir/target-mipsel_24kc+24kf_musl/linux-x/linux-6.6.73")
	kernelDir(t, buildroot, "6.6.73")
	elsewhere := filepath.Join(dir, "linux")
	kernelDir(t, elsewhere, "5.15.150")
	script := source + "/openwrt-feed/ipk/kmod"
	out := dir + "/out"

	version := strings.TrimSpace(must(t, source, nil, "git", "log", "-1", "--abbrev=10", "--format=2025.11.22~%h-r1"))
	for _, c := range []struct {
		kernel, magic    string
		env              []string
		package_, depend string
	}{
		{buildroot, "0123456789abcdef", nil, "6.6.73." + version + "_mipsel_24kc_24kf", "Depends: kernel (=6.6.73~0123456789abcdef-r1)\n"},
		{elsewhere, "0123456789abcdef", []string{"OPENWRT_ARCH=x86_64"}, "5.15.150." + version + "_x86_64",
			"Depends: kernel (=5.15.150-1-0123456789abcdef)\n"},
		{elsewhere, "", []string{"OPENWRT_ARCH=all"}, "5.15.150." + version + "_all", ""},
	} {
		if c.magic == "" {
			if err := os.Remove(c.kernel + "/.vermagic"); err != nil {
				t.Fatal(err)
			}
		} else {
			write(t, c.kernel+"/.vermagic", c.magic+"\n", 0o644)
		}
		must(t, ".", c.env, script, out, c.kernel)
		p := unpack(t, out+"/kmod-sigtrail_"+c.package_+".ipk")
		if !strings.Contains(p.control["control"], "Package: kmod-sigtrail\n") || !strings.Contains(p.control["control"], c.depend) ||
			c.depend == "" && strings.Contains(p.control["control"], "Depends") {
			t.Errorf("control, for %s:\n%s", c.kernel, p.control["control"])
		}
		release, _, _ := strings.Cut(c.package_, "."+version)
		module := "lib/modules/" + release + "/sigtrail_trigger.ko"
		if names := p.files(); !slices.Equal(names, []string{module}) || p.data[module].mode != 0o644 {
			t.Errorf("files %q, %o", names, p.data[module].mode)
		}
	}

	for _, c := range []struct {
		env        []string
		dir, wrong string
	}{
		{nil, "", "no kernel given (make ipk-kmod KDIR=dir)"},
		{nil, dir, "no built kernel in " + dir + ": include/config/kernel.release is missing"},
		{nil, elsewhere, "the path " + elsewhere + " does not have OpenWrt's name of the architecture: set OPENWRT_ARCH=name"},
		{[]string{"OPENWRT_ARCH=x", "CROSS_COMPILE=none-"}, elsewhere,
			"none-gcc not found: set CROSS_COMPILE=prefix for a gcc for mips"},
	} {
		if _, errs, code := run(t, ".", c.env, script, out, c.dir); code != 1 || errs != "kmod: "+c.wrong+"\n" {
			t.Errorf("with %q and %s: exit code %d, %s", c.env, c.dir, code, errs)
		}
	}
	config := elsewhere + "/.config"
	write(t, config, strings.Replace(read(t, config), "CONFIG_SIGTRAIL=y\n", "", 1), 0o644)
	if _, errs, code := run(t, ".", nil, script, out, elsewhere); code != 1 || !strings.Contains(errs, "without CONFIG_SIGTRAIL=y") {
		t.Errorf("exit code %d, %s", code, errs)
	}
}

// The table has all targets, and each architecture of it once, with the target that
// OpenWrt has for it.
func TestArchitectures(t *testing.T) {
	targets := make(map[string]bool)
	var names []string
	for _, line := range strings.Split(read(t, top+"/openwrt-feed/ipk/architectures"), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.Fields(line)
		if len(f) != 2 {
			t.Fatalf("%q", line)
		}
		if slices.Contains(names, f[0]) {
			t.Errorf("%s is there twice", f[0])
		}
		names = append(names, f[0])
		targets[f[1]] = true
		arch, _, _ := strings.Cut(f[0], "_")
		goarch := map[string]string{"arm": "arm", "aarch64": "arm64", "mipsel": "mipsle", "mips": "mips", "x86": "amd64"}[arch]
		if got, _, _ := strings.Cut(f[1], "-"); got != goarch {
			t.Errorf("%s is built for %s", f[0], f[1])
		}
		// The rule of golang-values.mk: the part after the core's name is the
		// floating point unit.
		if cpu := strings.Split(f[0], "_"); arch == "arm" {
			v3 := len(cpu) > 2 && (strings.HasPrefix(cpu[2], "neon") || strings.HasPrefix(cpu[2], "vfpv3") || strings.HasPrefix(cpu[2], "vfpv4"))
			if v3 != (f[1] == "arm-7") {
				t.Errorf("%s is built for %s", f[0], f[1])
			}
		}
	}
	for _, target := range []string{"arm-7", "arm-5", "arm64", "mipsle-softfloat", "mips-softfloat", "amd64"} {
		if !targets[target] {
			t.Errorf("no architecture is built for %s", target)
		}
	}
}

// ash runs a script under BusyBox, as a router does.
func ash(t *testing.T, env []string, script string, args ...string) (out string, code int) {
	t.Helper()
	stdout, stderr, code := run(t, ".", env, "busybox", append([]string{"ash", script}, args...)...)
	return stdout + stderr, code
}

// The plugin runs the binary.
func TestPlugin(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/sigtrail", "#!/bin/sh\necho \"$#: $*\"; cat; exit 3\n", 0o755)
	plugin := read(t, top+"/files/sigtrail.rpcd")
	if !strings.Contains(plugin, "/usr/sbin/sigtrail") {
		t.Fatalf("it does not run the binary:\n%s", plugin)
	}
	write(t, dir+"/plugin", strings.ReplaceAll(plugin, "/usr/sbin/sigtrail", dir+"/sigtrail"), 0o755)
	if out, code := ash(t, nil, dir+"/plugin", "call", "a b"); out != "3: rpcd call a b\n" || code != 3 {
		t.Errorf("exit code %d: %s", code, out)
	}
}

// OpenWrt's CI runs test.sh for each package of the directory, with its version.
func TestFeedTest(t *testing.T) {
	dir := t.TempDir()
	env := []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
	write(t, dir+"/sigtrail", "#!/bin/sh\n[ \"$1\" = help ] || echo sigtrail 2025.11.22~abc\n", 0o755)
	script := top + "/openwrt-feed/sigtrail/test.sh"
	for _, c := range []struct {
		name, version string
		code          int
	}{{"sigtrail", "2025.11.22~abc", 0}, {"sigtrail", "2025.11.23~abd", 1}, {"other", "1", 0}} {
		if out, code := ash(t, env, script, c.name, c.version); code != c.code {
			t.Errorf("%s %s: exit code %d: %s", c.name, c.version, code, out)
		}
	}
}
