// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"testing"
)

// packed returns a gzipped tar of one file.
func packed(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	archive := tar.NewWriter(z)
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	if _, err := archive.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUnpack(t *testing.T) {
	files, err := unpack(packed(t, "./data.tar.gz", packed(t, "./usr/sbin/sigtrail", make([]byte, 5000))))
	if err != nil {
		t.Fatal(err)
	}
	if sum, err := sizes(files); err != nil || sum != 5000 {
		t.Errorf("%d, %v", sum, err)
	}
	for _, bad := range [][]byte{nil, packed(t, "./control.tar.gz", nil)} {
		if files, err := unpack(bad); err == nil {
			t.Errorf("%q: no error, but %q", bad, files)
		}
	}
}

func TestKiB(t *testing.T) {
	for bytes, want := range map[int64]int64{0: 0, 1: 1, 1024: 1, 1025: 2} {
		if got := kib(bytes); got != want {
			t.Errorf("%d bytes are %d KiB, want %d", bytes, got, want)
		}
	}
}
