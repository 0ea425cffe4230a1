// SPDX-License-Identifier: GPL-2.0-only

// Imports prints the size that packages add to the compressed binary: packages that it
// imports, packages that internal/imports_test.go forbids, or packages given as
// arguments.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

const command = "cmd/sigtrail"

func main() {
	goTool := flag.String("go", "go", "the go `command`; its flags and target are in the environment")
	rules := flag.String("rules", "internal/imports_test.go", "the `file` that forbids packages")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *goTool, *rules, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "imports:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, goTool, rules string, named []string) error {
	dir, err := os.MkdirTemp("", "imports")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := builder{ctx: ctx, goTool: goTool, dir: dir}

	imported, err := b.imported()
	if err != nil {
		return err
	}
	packages := named
	if len(named) == 0 {
		if packages, err = forbidden(rules); err != nil {
			return err
		}
		packages = append(packages, imported...)
	}
	base, err := b.weigh("package main\n")
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes after gzip -9\n\n%-36s%10s%10s\n", command, base, "kB more, if it is", "imported", "all used")
	for _, name := range packages {
		blank, all, err := b.growth(name, base)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if slices.Contains(imported, name) {
			fmt.Printf("%-36s%10s%10d\n", name, "is", all/1000)
			continue
		}
		fmt.Printf("%-36s%10d%10d\n", name, blank/1000, all/1000)
	}
	return nil
}

// builder builds the command with an additional file, by an overlay: the source is
// not changed.
type builder struct {
	ctx    context.Context
	goTool string
	dir    string // for the results
}

func (b builder) run(args ...string) (string, error) {
	cmd := exec.CommandContext(b.ctx, b.goTool, args...)
	var failed bytes.Buffer
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w: %s", args[0], err, bytes.TrimSpace(failed.Bytes()))
	}
	return string(out), nil
}

// imported returns the packages of other modules that ours import, sorted.
func (b builder) imported() ([]string, error) {
	out, err := b.run("list", "-f", `{{join .Imports "\n"}}`, "./cmd/...", "./internal/...")
	if err != nil {
		return nil, err
	}
	names := strings.Fields(out)
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool {
		return name == "unsafe" || strings.HasPrefix(name, "sigtrail/")
	}), nil
}

// growth returns the bytes that a package adds if only its initialization is used,
// and if all that it exports is used.
func (b builder) growth(name string, base int) (blank, all int, err error) {
	if blank, err = b.weigh(fmt.Sprintf("package main\n\nimport _ %q\n", name)); err != nil {
		return 0, 0, err
	}
	exported, err := b.exported(name)
	if err != nil {
		return 0, 0, err
	}
	source := fmt.Sprintf("package main\n\nimport weighed %q\n\nvar reached []any\n\nfunc init() { reached = []any{\n%s} }\n",
		name, strings.Join(exported, ""))
	if len(exported) == 0 {
		return blank - base, blank - base, nil
	}
	all, err = b.weigh(source)
	return blank - base, all - base, err
}

// weigh returns the size of the compressed command in bytes, with an additional file.
func (b builder) weigh(source string) (int, error) {
	file, err := filepath.Abs(filepath.Join(command, "weighed.go"))
	if err != nil {
		return 0, err
	}
	added := filepath.Join(b.dir, "weighed.go")
	if err := os.WriteFile(added, []byte(source), 0o644); err != nil {
		return 0, err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {file: added}})
	if err != nil {
		return 0, err
	}
	config, binary := filepath.Join(b.dir, "overlay.json"), filepath.Join(b.dir, "binary")
	if err := os.WriteFile(config, overlay, 0o644); err != nil {
		return 0, err
	}
	if _, err := b.run("build", "-overlay", config, "-o", binary, "./"+command); err != nil {
		return 0, err
	}
	packed, err := exec.CommandContext(b.ctx, "gzip", "-9", "-c", binary).Output()
	if err != nil {
		return 0, fmt.Errorf("gzip: %w", err)
	}
	return len(packed), nil
}
