// SPDX-License-Identifier: GPL-2.0

package uapi

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
)

const header = "../../kernel-patches/files/include/uapi/linux/sigtrail.h"

func TestHeaders(t *testing.T) {
	for _, c := range []struct {
		file, header string
		names        int // at the least, or the parser has lost its way
	}{
		{"uapi.go", header, 80},
		{"trigger.go", triggerHeader, 35},
	} {
		src, err := os.ReadFile(c.header)
		if err != nil {
			t.Fatal(err)
		}
		want, err := parseHeader(string(src))
		if err != nil {
			t.Fatalf("%s: %v", c.header, err)
		}
		got := goConstants(t, c.file)
		if len(want) < c.names {
			t.Errorf("only %d names found in %s", len(want), c.header)
		}
		for _, name := range sorted(want) {
			if v, ok := got[name]; !ok {
				t.Errorf("%s = %s is in the header, not in %s", name, want[name], c.file)
			} else if v != want[name] {
				t.Errorf("%s is %s in the header, %s in %s", name, want[name], v, c.file)
			}
		}
		for _, name := range sorted(got) {
			if _, ok := want[name]; !ok {
				t.Errorf("%s is in %s, not in the header", name, c.file)
			}
		}
	}
}

// The kernel takes no longer name of a family or a group, GENL_NAMSIZ of
// linux/genetlink.h less the NUL.
func TestNamesFit(t *testing.T) {
	for _, name := range []string{FAMILY_NAME, MCGRP_EVENTS, TRIGGER_FAMILY_NAME, TRIGGER_MCGRP_TRIGGERS} {
		if len(name) > 15 {
			t.Errorf("%s has %d bytes", name, len(name))
		}
	}
}

// goConstants returns the exported constants of a file of this package.
func goConstants(t *testing.T, file string) map[string]string {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	p, err := new(types.Config).Check("uapi", fset, []*ast.File{f}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, name := range p.Scope().Names() {
		if c, ok := p.Scope().Lookup(name).(*types.Const); ok && c.Exported() {
			got[name] = literal(c.Val())
		}
	}
	return got
}

func literal(v constant.Value) string {
	if v.Kind() == constant.String {
		return strconv.Quote(constant.StringVal(v))
	}
	return v.ExactString()
}

var (
	comment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	define  = regexp.MustCompile(`(?m)^#define[ \t]+SIGTRAIL_(\w+)[ \t]+(\S+)[ \t]*$`)
	enum    = regexp.MustCompile(`(?s)enum\s+(sigtrail_\w+)\s*\{(.*?)\}`)
)

// parseHeader returns the names that the header gives to numbers and strings,
// without their prefix. It knows as much C as the header uses: #define, enum
// with implicit values, and values of the forms N, NAME, A << B and A - B.
func parseHeader(src string) (map[string]string, error) {
	src = comment.ReplaceAllString(src, "")
	all := make(map[string]string)
	for _, m := range define.FindAllStringSubmatch(src, -1) {
		all[m[1]] = m[2]
	}
	for _, m := range enum.FindAllStringSubmatch(src, -1) {
		private := make(map[string]int64)
		next := int64(0)
		for _, item := range strings.Split(m[2], ",") {
			name, expr, explicit := strings.Cut(item, "=")
			name = strings.TrimSpace(name)
			if name == "" {
				continue
			}
			if explicit {
				v, err := evaluate(strings.Fields(expr), private)
				if err != nil {
					return nil, fmt.Errorf("enum %s: %s: %w", m[1], name, err)
				}
				next = v
			}
			private[name] = next
			if short, ok := strings.CutPrefix(name, "SIGTRAIL_"); ok {
				all[short] = strconv.FormatInt(next, 10)
			} else if !strings.HasPrefix(name, "__SIGTRAIL_") {
				return nil, fmt.Errorf("enum %s: %s lacks the prefix", m[1], name)
			}
			next++
		}
	}
	return all, nil
}

func evaluate(words []string, names map[string]int64) (int64, error) {
	operand := func(s string) (int64, error) {
		if v, ok := names[s]; ok {
			return v, nil
		}
		return strconv.ParseInt(s, 0, 64)
	}
	if len(words) != 1 && len(words) != 3 {
		return 0, fmt.Errorf("no expression of a known form: %q", words)
	}
	a, err := operand(words[0])
	if err != nil || len(words) == 1 {
		return a, err
	}
	b, err := operand(words[2])
	if err != nil {
		return 0, err
	}
	switch words[1] {
	case "<<":
		return a << b, nil
	case "-":
		return a - b, nil
	}
	return 0, fmt.Errorf("unknown operator %s", words[1])
}

func sorted(m map[string]string) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func TestParseHeader(t *testing.T) {
	got, err := parseHeader(`
#ifndef GUARD
#define SIGTRAIL_S "x" /* SIGTRAIL_NOT 1 */
enum sigtrail_a { SIGTRAIL_A, SIGTRAIL_B = 0x5, SIGTRAIL_C, SIGTRAIL_D = 1 << 4, __SIGTRAIL_Z,
	SIGTRAIL_MAX = __SIGTRAIL_Z - 1 };`)
	want := map[string]string{"S": `"x"`, "A": "0", "B": "5", "C": "6", "D": "16", "MAX": "16"}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}
