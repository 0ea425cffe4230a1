// SPDX-License-Identifier: GPL-2.0-only

package kernel

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

	"sigtrail/internal/event"
)

const header = "../../kernel-patches/files/include/uapi/linux/sigtrail.h"

// enums are the values in package event, by the header's names.
var enums = map[string]uint32{
	"KIND_SIGNAL": uint32(event.KindSignal), "KIND_EXIT": uint32(event.KindExit), "KIND_MARK": uint32(event.KindMark),
	"KIND_REBOOT": uint32(event.KindReboot), "KIND_SURVIVOR": uint32(event.KindSurvivor), "KIND_SWITCH": uint32(event.KindSwitch),
	"KIND_CLAIM": uint32(event.KindClaim), "KIND_CLAIM_END": uint32(event.KindClaimEnd), "KIND_OOPS": uint32(event.KindOops),
	"KIND_PANIC": uint32(event.KindPanic), "KIND_SUMMARY": uint32(event.KindSummary), "FLAG_KILL_PENDING": uint32(event.FlagKillPending), "FLAG_SHARE": uint32(event.FlagShare),
	"FLAG_OF_INIT": uint32(event.FlagOfInit), "FLAG_OOM": uint32(event.FlagOOM), "FLAG_FORGOTTEN": uint32(event.FlagForgotten), "FLAG_REPARENTED": uint32(event.FlagReparented),
	"FLAG_FAULT": uint32(event.FlagFault), "EXITS_SIGNALLED": uint32(event.ExitsSignalled),
	"EXITS_SERVICES": uint32(event.ExitsServices), "EXITS_ALL": uint32(event.ExitsAll),
	"BOX_NONE": uint32(event.BoxNone), "BOX_NAME": uint32(event.BoxName), "BOX_ADDRESS": uint32(event.BoxAddress),
	"BOX_DEVICE_TREE": uint32(event.BoxDeviceTree), "BOX_FAILED": uint32(event.BoxFailed),
	"FOUND_NOTHING": uint32(event.FoundNothing), "FOUND_RECORDS": uint32(event.FoundRecords),
	"FOUND_DAMAGED": uint32(event.FoundDamaged), "FOUND_FOREIGN": uint32(event.FoundForeign),
	"OUTCOME_DELIVERED": uint32(event.Delivered), "OUTCOME_IGNORED": uint32(event.Ignored),
	"OUTCOME_ALREADY_PENDING": uint32(event.AlreadyPending), "OUTCOME_OVERFLOW_FAIL": uint32(event.OverflowFail),
	"OUTCOME_LOSE_INFO": uint32(event.LoseInfo), "OUTCOME_DYING": uint32(event.Dying),
	"SCOPE_PROCESS": uint32(event.ScopeProcess), "SCOPE_THREAD": uint32(event.ScopeThread),
	"FLAG_KERNEL": uint32(event.FlagKernel), "FLAG_BLOCKED": uint32(event.FlagBlocked), "FLAG_CAUGHT": uint32(event.FlagCaught),
	"FLAG_DEFAULT": uint32(event.FlagDefault), "FLAG_FATAL": uint32(event.FlagFatal), "FLAG_PRINTED": uint32(event.FlagPrinted),
	"FLAG_BY_SIGTRAIL": uint32(event.FlagBySigtrail), "FLAG_SHUTDOWN": uint32(event.FlagShutdown),
	"REBOOT_RESTART": uint32(event.RebootRestart), "REBOOT_HALT": uint32(event.RebootHalt),
	"REBOOT_POWER_OFF": uint32(event.RebootPowerOff),
	"PRINTK_OFF":       uint32(event.PrintkOff), "PRINTK_AUTO": uint32(event.PrintkAuto), "PRINTK_ALWAYS": uint32(event.PrintkAlways),
	"TRIGGER_PER_PROCESS": uint32(event.PerProcess), "TRIGGER_PER_NAME": uint32(event.PerName),
	"NAME_LEN": event.NameMax + 1, "TRIGGER_NAME_LEN": event.NameMax + 1,
}

// TestHeaders compares the headers with their copies: the constants here, those of
// package event, and its enums.
func TestHeaders(t *testing.T) {
	got := goConstants(t, "uapi.go")
	for name, v := range goConstants(t, "../event/uapi.go") {
		got[name] = v
	}
	for name, v := range enums {
		got[name] = strconv.FormatUint(uint64(v), 10)
	}
	want := make(map[string]string)
	for _, path := range []string{header, triggerHeader} {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		names, err := parseHeader(string(src))
		if err != nil || len(names) < 35 { // or the parser failed
			t.Fatalf("%s: %d names, %v", path, len(names), err)
		}
		for name, v := range names {
			want[name] = v
		}
	}
	for _, name := range sorted(want) {
		if v, ok := got[name]; !ok && !strings.HasSuffix(name, "CMD_MAX") {
			t.Errorf("%s = %s is in a header, but not in Go", name, want[name])
		} else if ok && v != want[name] {
			t.Errorf("%s is %s in a header, %s in Go", name, want[name], v)
		}
	}
	for _, name := range sorted(got) {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is in Go, but in no header", name)
		}
	}
}

// The maximum length of a name of a family or a group: GENL_NAMSIZ in linux/genetlink.h
// without the NUL.
func TestNamesFit(t *testing.T) {
	for _, name := range []string{FAMILY_NAME, MCGRP_EVENTS, TRIGGER_FAMILY_NAME, TRIGGER_MCGRP_TRIGGERS} {
		if len(name) > 15 {
			t.Errorf("%s has %d bytes", name, len(name))
		}
	}
}

// goConstants returns the exported constants of a file.
func goConstants(t *testing.T, file string) map[string]string {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	p, err := new(types.Config).Check("", fset, []*ast.File{f}, nil)
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

// parseHeader returns the header's names of numbers and strings, without their prefix.
// It parses only the C that the header uses: #define, enum with implicit values, and
// values of the forms N, NAME, A << B and A - B.
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
