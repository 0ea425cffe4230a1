// SPDX-License-Identifier: GPL-2.0-only

package kernel

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigtrail/internal/event"
)

const specPath = "../../kernel-patches/files/Documentation/netlink/specs/sigtrail.yaml"

// TestSpec compares the YNL specification with the C header: the attributes, their order
// and so their values, their types as in the header's comments, and the operations.
func TestSpec(t *testing.T) {
	text, err := os.ReadFile(specPath)
	if err != nil {
		t.Fatal(err)
	}
	h, err := os.ReadFile(header)
	if err != nil {
		t.Fatal(err)
	}
	section := func(from, to string) string {
		_, rest, ok := strings.Cut(string(text), from)
		body, _, ok2 := strings.Cut(rest, to)
		if !ok || !ok2 {
			t.Fatalf("no section from %q to %q", from, to)
		}
		return body
	}
	names := func(body string) (list []string) {
		for _, m := range regexp.MustCompile(`(?m)^ +name: (\S+)$`).FindAllStringSubmatch(body, -1) {
			list = append(list, m[1])
		}
		return list
	}

	sets := section("\nattribute-sets:", "\noperations:")
	all, record, _ := strings.Cut(sets, "    name: record\n    subset-of: sigtrail")
	record, _, _ = strings.Cut(record, "    name: ancestor\n    subset-of: sigtrail")
	attrs := names(all)[1:] // the first is the set's
	operations := names(section("\noperations:", "\nmcast-groups:"))

	if want := enumerators(t, string(h), "sigtrail_attr", "SIGTRAIL_ATTR_"); !slices.Equal(attrs, want) {
		t.Errorf("attributes %v, the header has %v", attrs, want)
	}
	if want := enumerators(t, string(h), "sigtrail_cmd", "SIGTRAIL_CMD_"); !slices.Equal(operations, want) {
		t.Errorf("operations %v, the header has %v", operations, want)
	}
	var want []string
	for i, name := range attrs { // in the order of their numbers, from 1
		if slices.ContainsFunc(event.Fields, func(f event.Field[event.Event]) bool { return f.Attr == uint16(i+1) }) {
			want = append(want, name)
		}
	}
	if !slices.Equal(names(record), want) {
		t.Errorf("a record has %v, the table of fields %v", names(record), want)
	}

	for _, m := range regexp.MustCompile(`(?m)^        name: (\S+)\n        type: (\S+)$`).FindAllStringSubmatch(all, -1) {
		name, kind := m[1], m[2]
		attr := "SIGTRAIL_ATTR_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		said := regexp.MustCompile(`\* @` + attr + `: (\w+)`).FindStringSubmatch(string(h))
		if name == "pad" {
			continue
		}
		if said == nil || said[1] != kind {
			t.Errorf("%s: type %s, the header says %v", name, kind, said)
		}
	}
	for _, e := range []struct{ enum, prefix, name string }{
		{"sigtrail_kind", "SIGTRAIL_KIND_", "kind"},
		{"sigtrail_outcome", "SIGTRAIL_OUTCOME_", "outcome"},
		{"sigtrail_scope", "SIGTRAIL_SCOPE_", "scope"},
		{"sigtrail_flag", "SIGTRAIL_FLAG_", "flag"},
		{"sigtrail_reboot", "SIGTRAIL_REBOOT_", "reboot"},
		{"sigtrail_printk", "SIGTRAIL_PRINTK_", "printk"},
		{"sigtrail_exits", "SIGTRAIL_EXITS_", "exits"},
		{"sigtrail_box_place", "SIGTRAIL_BOX_", "box-place"},
		{"sigtrail_box_found", "SIGTRAIL_FOUND_", "box-found"},
	} {
		_, body, _ := strings.Cut(section("\ndefinitions:", "\nattribute-sets:"), "    name: "+e.name+"\n")
		body, _, _ = strings.Cut(body, "  -\n")
		var entries []string
		for _, m := range regexp.MustCompile(`(?m)^      - "?([a-z-]+)"?$`).FindAllStringSubmatch(body, -1) {
			entries = append(entries, m[1])
		}
		if want := enumerators(t, string(h), e.enum, e.prefix); !slices.Equal(entries, want) {
			t.Errorf("%s has %v, the header %v", e.name, entries, want)
		}
	}
}

// enumerators returns the names of an enum of the header as the specification
// writes them, without the first one if it is UNSPEC.
func enumerators(t *testing.T, header, enum, prefix string) (list []string) {
	t.Helper()
	_, body, ok := strings.Cut(header, "\nenum "+enum+" {")
	if !ok {
		t.Fatalf("the header has no enum %s", enum)
	}
	body, _, _ = strings.Cut(body, "};")
	body, _, _ = strings.Cut(body, "/* private: */")
	for _, m := range regexp.MustCompile(`(?m)^\s*`+prefix+`(\w+)`).FindAllStringSubmatch(body, -1) {
		if m[1] != "UNSPEC" {
			list = append(list, strings.ReplaceAll(strings.ToLower(m[1]), "_", "-"))
		}
	}
	return list
}
