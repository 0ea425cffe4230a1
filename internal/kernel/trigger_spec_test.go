// SPDX-License-Identifier: GPL-2.0-only

package kernel

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	triggerHeader = "../../kmod/include/uapi/linux/sigtrail_trigger.h"
	triggerSpec   = "../../kmod/Documentation/netlink/specs/sigtrailtrigger.yaml"
)

// TestTriggerSpec is TestSpec for the family of the trigger module.
func TestTriggerSpec(t *testing.T) {
	text, err := os.ReadFile(triggerSpec)
	if err != nil {
		t.Fatal(err)
	}
	h, err := os.ReadFile(triggerHeader)
	if err != nil {
		t.Fatal(err)
	}
	spec, header := string(text), string(h)
	names := func(pattern, from, to string) (list []string) {
		_, rest, ok := strings.Cut(spec, from)
		body, _, ok2 := strings.Cut(rest, to)
		if !ok || !ok2 {
			t.Fatalf("no section from %q to %q", from, to)
		}
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(body, -1) {
			list = append(list, m[1])
		}
		return list
	}

	attrs := names(`(?m)^        name: (\S+)$`, "\nattribute-sets:", "\noperations:")
	for _, c := range []struct {
		enum, prefix string
		got          []string
	}{
		{"sigtrail_trigger_attr", "SIGTRAIL_TRIGGER_ATTR_", attrs},
		{"sigtrail_trigger_cmd", "SIGTRAIL_TRIGGER_CMD_", names(`(?m)^      name: (\S+)$`, "\noperations:", "\nmcast-groups:")},
		{"sigtrail_trigger_per", "SIGTRAIL_TRIGGER_PER_", names(`(?m)^      - (\S+)$`, "\ndefinitions:", "\nattribute-sets:")},
	} {
		if want := enumerators(t, header, c.enum, c.prefix); !slices.Equal(c.got, want) {
			t.Errorf("%v, but enum %s has %v", c.got, c.enum, want)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^        name: (\S+)\n        type: (\S+)$`).FindAllStringSubmatch(spec, -1) {
		attr := "SIGTRAIL_TRIGGER_ATTR_" + strings.ToUpper(strings.ReplaceAll(m[1], "-", "_"))
		said := regexp.MustCompile(`\* @` + attr + `: (\w+)`).FindStringSubmatch(header)
		if m[1] != "pad" && (said == nil || said[1] != m[2]) {
			t.Errorf("%s: type %s, the header says %v", m[1], m[2], said)
		}
	}
	for _, m := range regexp.MustCompile(`#define SIGTRAIL_TRIGGER_(FAMILY_NAME|MCGRP_TRIGGERS)\s+"(\w+)"`).FindAllStringSubmatch(header, -1) {
		if !strings.Contains(spec, "name: "+m[2]+"\n") {
			t.Errorf("%s is %s in the header, not in the specification", m[1], m[2])
		}
	}
}
