// SPDX-License-Identifier: GPL-2.0

package event

import (
	"maps"
	"testing"
)

func TestArguments(t *testing.T) {
	args, err := Arguments([]byte(`{ "count": 12, "sender": "a \"b\"\u002c", "yes": true, "none": null }`))
	want := map[string]string{"count": "12", "sender": `a "b",`, "yes": "true", "none": "null"}
	if err != nil || !maps.Equal(args, want) {
		t.Errorf("got %q, %v; want %q", args, err, want)
	}
	for _, s := range []string{"", "[]", "{", `{"a":{}}`, `{"a":["b"]}`, `{"a":1} x`} {
		if args, err := Arguments([]byte(s)); err == nil {
			t.Errorf("%s: %q", s, args)
		}
	}
}
