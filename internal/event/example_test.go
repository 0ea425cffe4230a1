// SPDX-License-Identifier: GPL-2.0-only

package event_test

import (
	"fmt"
	"log"

	"sigtrail/internal/event"
)

// A line of a trail, as the log has it.
func ExampleDecodeJSON() {
	e, _, err := event.DecodeJSON([]byte(`{"seq":7,"time":3204512000,"kind":"signal","signal":15,` +
		`"sender_pid":97,"sender_name":"sh","target_pid":64,"target_name":"httpd"}`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(e.Seq, e.TargetName, e.Outcome)
	fmt.Println(e.String()[:len("Signal :: (sh 97) --[15]--> (httpd 64)")])
	// Output:
	// 7 httpd delivered
	// Signal :: (sh 97) --[15]--> (httpd 64)
}

func ExampleEvent_AppendJSON() {
	e := event.Event{Seq: 7, Kind: event.KindMark, SenderPID: 97, SenderName: "sh", Text: "before the upgrade"}
	fmt.Printf("%s\n", e.AppendJSON(nil))
	// Output: {"seq":7,"kind":"mark","flags":[],"sender_pid":97,"sender_name":"sh","sender_uid":0,"text":"before the upgrade"}
}

func ExampleCutProcess() {
	name, pid, rest, ok := event.CutProcess("(httpd 64) killed by SIGTERM")
	fmt.Printf("%q %d %q %t\n", name, pid, rest, ok)
	// Output: "httpd" 64 " killed by SIGTERM" true
}
