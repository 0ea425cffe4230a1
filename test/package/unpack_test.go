// SPDX-License-Identifier: GPL-2.0-only

package pkg

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
)

// ipk is what is in a package.
type ipk struct {
	data    map[string]file
	control map[string]string // control, conffiles, scripts
	modes   map[string]fs.FileMode
}

type file struct {
	mode    fs.FileMode
	content []byte
}

// files returns the names of the files that it installs.
func (p *ipk) files() []string {
	var names []string
	for name, f := range p.data {
		if !f.mode.IsDir() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// unpack reads a package as opkg does (unarchive.c of its libbb), and fails if opkg
// would not read it, or if it depends on where it was packed.
func unpack(t *testing.T, path string) *ipk {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p := &ipk{data: make(map[string]file), control: make(map[string]string), modes: make(map[string]fs.FileMode)}
	var outer []string
	untar(t, path, b, func(h *tar.Header, content []byte) {
		outer = append(outer, h.Name)
		switch h.Name {
		case "./debian-binary":
			if string(content) != "2.0\n" {
				t.Errorf("%s: debian-binary is %q", path, content)
			}
		case "./data.tar.gz":
			untar(t, path+"/data", content, func(h *tar.Header, content []byte) {
				p.data[strings.Trim(h.Name[2:], "/")] = file{h.FileInfo().Mode(), content}
			})
		case "./control.tar.gz":
			untar(t, path+"/control", content, func(h *tar.Header, content []byte) {
				if name := h.Name[2:]; name != "" {
					p.control[name], p.modes[name] = string(content), h.FileInfo().Mode()
				}
			})
		}
	})
	if want := []string{"./debian-binary", "./data.tar.gz", "./control.tar.gz"}; !slices.Equal(outer, want) {
		t.Errorf("%s has %q, want %q", path, outer, want)
	}
	return p
}

func untar(t *testing.T, path string, b []byte, f func(h *tar.Header, content []byte)) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if !z.ModTime.IsZero() || z.Name != "" {
		t.Errorf("%s: gzip has the time %v, the name %q", path, z.ModTime, z.Name)
	}
	archive := tar.NewReader(z)
	last := ""
	for {
		h, err := archive.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if !strings.HasPrefix(h.Name, "./") || h.Format != tar.FormatUSTAR && h.Format != tar.FormatUnknown ||
			len(h.Name) > 100 || h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeDir {
			t.Errorf("%s: opkg may not read %s: format %v, type %c", path, h.Name, h.Format, h.Typeflag)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Gname != "" || h.ModTime.Unix() != committed {
			t.Errorf("%s: %s belongs to %d (%s), %d (%s), at %v", path, h.Name, h.Uid, h.Uname, h.Gid, h.Gname, h.ModTime)
		}
		if h.Typeflag == tar.TypeDir && h.FileInfo().Mode().Perm() != 0o755 {
			t.Errorf("%s: %s is %o", path, h.Name, h.FileInfo().Mode())
		}
		if !strings.HasSuffix(path, ".ipk") && h.Name < last {
			t.Errorf("%s: %s is after %s", path, h.Name, last)
		}
		last = h.Name
		f(h, content)
	}
}
