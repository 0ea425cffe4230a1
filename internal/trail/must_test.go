// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"os"
	"testing"

	"sigtrail/internal/event"
)

// must fails the test on an error, as of a file that the test needs.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// readFile returns the content of a file, which must exist.
func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	must(t, err)
	return b
}

// header returns the header of a boot's trail.
func header(id string) string { return string(headerFrame(&event.Trail{BootID: id})) }

// framesOf returns the frames of a batch.
func framesOf(b *Batch) string { return string(appendFrames(nil, b)) }

// olderHead returns the header that an older version wrote for a boot.
func olderHead(id string) string {
	t := event.Trail{BootID: id}
	return string(t.AppendHeader(nil)) + "\n"
}

// linesOf returns a trail in JSON.
func linesOf(t *event.Trail) []byte {
	b := append(t.AppendHeader(nil), '\n')
	eachStored(t, func(e *event.Event, l event.Loss) {
		if e == nil {
			b = append(l.AppendJSON(b), '\n')
			return
		}
		plain := *e
		if plain.Origin == event.OriginFlash {
			plain.Origin = event.OriginLive
		}
		b = append(plain.AppendJSON(b), '\n')
	})
	return b
}
