// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/golden"
)

func TestJSON(t *testing.T) {
	var b []byte
	var before *Shutdown
	for i, s := range all(t) {
		one := s.AppendJSON(nil, before)
		if !json.Valid(one) {
			t.Errorf("%s: not valid: %s", recorded[i].name, one)
		}
		b = append(append(b, one...), '\n')
		before = s
	}
	one := boot(t).AppendJSON(nil)
	if !json.Valid(one) {
		t.Errorf("boot: not valid: %s", one)
	}
	b = started(t).AppendJSON(append(append(b, one...), '\n'))
	golden.Check(t, "report.json.golden", append(b, '\n'))
}

// A router that has run for 200 days has times beyond 2^53 ns.
func TestJSONTimesAreExact(t *testing.T) {
	const up = 200 * 24 * 3600 * uint64(1e9)
	s := Analyse(&event.Trail{BootID: "a", ClockLocal: up, ClockRealtime: 1790000000e9, Events: []event.Event{
		{Seq: 1, Time: up + 1, Signal: 15, Flags: event.FlagShutdown, SenderPID: 7, SenderName: "reboot", TargetPID: 1, TargetName: "procd"},
		{Seq: 2, Time: up + 2, Signal: 15, SenderPID: 1, SenderName: "procd", TargetPID: 9, TargetName: "(sd-pam)"},
		{Seq: 3, Time: up + up, Kind: event.KindExit, TargetPID: 9, TargetName: "(sd-pam)"},
		{Time: up + up, Kind: event.KindNote, Origin: event.OriginConsole, Text: `Internal error: Oops: 5 [#1] SMP ("a" & <b>)`},
		{Seq: 4, Time: up + up + 1, Kind: event.KindReboot, SenderPID: 1, SenderName: "procd", RebootCode: event.RebootRestart},
	}})
	b := s.AppendJSON(nil, nil)
	if n := regexp.MustCompile(`[:\[,]\d{16,}`).FindString(string(b)); n != "" {
		t.Errorf("the number %s: %s", n, b)
	}
	for _, want := range []string{`"begin":"17280000000000001"`, `"target_name":"(sd-pam)"`, `Oops: 5 [#1] SMP (\"a\" & <b>)"`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s is missing: %s", want, b)
		}
	}
}

// What is not known is left out, and a date of a clock that was not set is marked.
func TestJSONOfBox(t *testing.T) {
	tr := boxedTrail(20e9)
	tr.ClockLocal, tr.ClockRealtime = 20e9, 30e9
	for want, tr := range map[string]*event.Trail{
		`"alive_wall":"1970-01-01T00:00:30.000000Z","alive_wall_unset":true,`: tr,
		`"box_place":"failed","failures":`:                                    {Number: 1, MergedBy: other, Box: event.Box{Place: event.BoxFailed}},
		`"box_place":"name","box_found":"nothing",`:                           {Number: 1, MergedBy: other, Box: event.Box{Place: event.BoxName}},
	} {
		if text := string(Analyse(tr).AppendJSON(nil, nil)); !strings.Contains(text, want) {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
}
