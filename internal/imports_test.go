// SPDX-License-Identifier: GPL-2.0-only

// Package internal_test holds the rules for the tree as a whole.
package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "sigtrail"

// The three modules that the product is built on, by the packages in use.
const (
	unix    = "golang.org/x/sys/unix"
	netlink = "github.com/vishvananda/netlink"
	nl      = netlink + "/nl"
	ini     = "gopkg.in/ini.v1"
)

// rule says what a package may import of ours and of others; why is what the
// test says if it imports more.
type rule struct {
	ours, others []string
	why          string
	pure         bool // it has no input but its arguments: no files, no clock
}

// rules is the table of who may import whom. It points one way: values at the
// bottom, sockets and files above them, then the daemon and the command line,
// which know nothing of each other.
var rules = map[string]rule{
	"internal/event": {others: []string{unix}, pure: true, why: "it holds plain values, so that everybody can import it; unix has the signals' names"},
	"internal/stall": {ours: []string{"event"}, pure: true, why: "it holds one report and its lines, so that writer and reader can import it"},
	"internal/found": {ours: []string{"event"}, pure: true, why: "it holds notes and their lines, so that writer and readers can import it"},
	"internal/genl": {others: []string{unix, netlink, nl},
		why: "it carries messages of any family, and does not know what is in them"},
	"internal/kernel": {ours: []string{"genl", "event"}, others: []string{nl},
		why: "it is the client of the kernel part: messages in, values out"},
	"internal/procfs": {why: "it reads files below a root that the caller names"},
	"internal/service": {ours: []string{"event", "procfs"},
		why: "it finds names by cgroups, and leaves to others what is done with them"},
	"internal/config":  {ours: []string{"event"}, others: []string{ini}, why: "it makes values of words, and asks nobody else"},
	"internal/console": {ours: []string{"event"}, pure: true, why: "text comes in, events go out, fuzzed without pstore"},
	"internal/frame":   {ours: []string{"event"}, pure: true, why: "bytes come in, events go out, fuzzed without files"},
	"internal/trail":   {ours: []string{"event", "frame", "stall", "console"}, why: "it stores events, wherever they come from"},
	"internal/report":  {ours: []string{"event", "stall", "console"}, pure: true, why: "it is analysis of a trail, and console knows the kernel's words"},
	"internal/why":     {ours: []string{"event", "found"}, pure: true, why: "it finds causes among the events of a trail"},
	"internal/respond": {ours: []string{"event", "procfs"}, others: []string{unix},
		why: "it kills and waits, and leaves to the daemon what and when"},
	"internal/daemon": {ours: []string{"event", "found", "stall", "kernel", "procfs", "config", "trail", "report", "respond", "service"},
		others: []string{unix}, why: "it wires sources to sinks, and does not know the command line"},
	"internal/cli": {ours: []string{"event", "kernel", "procfs", "config", "trail", "report", "why", "respond", "service"},
		others: []string{unix}, why: "it is the command line, and gets the daemon as a function; unix has a terminal's settings"},
	"internal/cli/docs": {ours: []string{"cli"}, why: "it writes what cli makes of its commands"},
	"cmd/sigtrail":      {ours: []string{"daemon", "cli", "config"}, why: "it picks daemon or subcommand, nothing else"},
}

// forbidden has packages that no router has room for. The figures are those of
// make bench-imports, where all of the package is used.
var forbidden = map[string]string{
	"net/http":      "adds up to 1,355 kB to a package that may have 1,500 kB",
	"text/template": "adds up to 259 kB to the package: append to a []byte instead",
	"html/template": "adds up to 474 kB to the package: append to a []byte instead",
	"log/syslog":    "puts a time into each line, where the log daemons put their own, and waits for them without a limit",
}

// clocks are what of package time depends on when it is called.
var clocks = []string{"Now", "Since", "Until", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Sleep"}

func TestImports(t *testing.T) {
	seen := make(map[string]bool)
	for _, top := range []string{"internal", "cmd"} {
		err := filepath.WalkDir(filepath.Join("..", top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			seen[check(t, path)] = true
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) < 8 {
		t.Errorf("only %d packages seen: the test looks in the wrong place", len(seen))
	}
}

// check holds one file against the rule of its package, which it returns.
func check(t *testing.T, path string) (pkg string) {
	pkg = strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../")
	r, ok := rules[pkg]
	if !ok {
		t.Errorf("%s has no rule: say in imports_test.go what it may import, and why", pkg)
		return pkg
	}
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if call, ok := n.(*ast.SelectorExpr); ok && r.pure {
			if p, ok := call.X.(*ast.Ident); ok && p.Name == "time" && slices.Contains(clocks, call.Sel.Name) {
				t.Errorf("%s: time.%s reads a clock in a package that is pure", path, call.Sel.Name)
			}
		}
		return true
	})
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if complaint := r.judge(imported); complaint != "" {
			t.Errorf("%s imports %q: %s", path, imported, complaint)
		}
	}
	return pkg
}

// judge returns what is wrong with an import, "" for nothing.
func (r rule) judge(imported string) string {
	if why, ok := forbidden[imported]; ok {
		return why
	}
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case r.pure && slices.Contains([]string{"os", "net", "os/exec"}, imported):
		return "not allowed in a package that is pure"
	case first == module:
		name := strings.TrimPrefix(imported, module+"/internal/")
		if !slices.Contains(r.ours, name) {
			return "not allowed, as " + r.why
		}
	case strings.Contains(first, "."):
		if !slices.Contains(r.others, imported) {
			return "not allowed: of other modules the package may import " + list(r.others) +
				", each stands in one place alone, so that it can be replaced"
		}
	}
	return ""
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		pkg, imported string
		good          bool
	}{
		{"internal/kernel", "sigtrail/internal/event", true},
		{"internal/genl", "sigtrail/internal/event", false},
		{"internal/report", "os", false},
		{"internal/cli", "sigtrail/internal/daemon", false},
		{"internal/daemon", "sigtrail/internal/cli", false},
		{"internal/daemon", unix, true},
		{"internal/cli", unix, true},
		{"internal/report", unix, false},
		{"internal/cli", "net/http", false},
		{"internal/event", "strconv", true},
		{"cmd/sigtrail", "sigtrail/internal/trail", false},
	} {
		if got := rules[c.pkg].judge(c.imported); (got == "") != c.good {
			t.Errorf("%s importing %s: %q", c.pkg, c.imported, got)
		}
	}
}

// TestModule holds the module's direct dependencies, and the oldest Go that has
// to build it: OpenWrt 24.10's.
func TestModule(t *testing.T) {
	b, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var direct []string
	for _, line := range strings.Split(string(b), "\n") {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		switch {
		case strings.HasPrefix(line, "go ") && line != "go 1.23":
			t.Errorf("go.mod says %q: OpenWrt 24.10 builds with Go 1.23, and downloads no other", line)
		case strings.HasPrefix(line, "toolchain "):
			t.Errorf("go.mod says %q: OpenWrt builds with GOTOOLCHAIN=local", line)
		case strings.Contains(line, ".") && strings.Contains(line, " v") && !strings.HasSuffix(line, "// indirect"):
			direct = append(direct, line)
		}
	}
	want := []string{"github.com/vishvananda/netlink v1.3.1", "golang.org/x/sys v0.30.0", "gopkg.in/ini.v1 v1.67.0"}
	if !slices.Equal(direct, want) {
		t.Errorf("go.mod requires %q, want %q", direct, want)
	}
}

// TestFiles holds what each source file has: a licence, and one job, which 300
// lines are enough for. Tests may tell longer stories.
func TestFiles(t *testing.T) {
	files := 0
	for _, top := range []string{"internal", "cmd"} {
		err := filepath.WalkDir(filepath.Join("..", top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
				return err
			}
			files++
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if !strings.HasPrefix(string(b), "// SPDX-License-Identifier: GPL-2.0-only\n") {
				t.Errorf("%s does not begin with its licence", path)
			}
			if n := strings.Count(string(b), "\n"); n >= 300 && !strings.HasSuffix(path, "_test.go") {
				t.Errorf("%s has %d lines: it has more than one job", path, n)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 50 {
		t.Errorf("only %d files seen: the test looks in the wrong place", files)
	}
}
