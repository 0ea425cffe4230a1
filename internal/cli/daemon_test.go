// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
)

// --check prints one line for each wrong option, and does not run the daemon.
func TestCheck(t *testing.T) {
	path := t.TempDir() + "/x.ini"
	for _, c := range []struct {
		content string
		code    int
		lines   string
	}{
		{"", 0, ""},
		{"[log]\nlevel = err\n", 0, ""},
		{"[trail]\nsize = 1\nsise = 2\n", 2, "sigtrail: F: trail.size = 1: allowed are numbers from 16 to 65536 (KiB)\n" +
			"sigtrail: F: trail.sise: unknown option; allowed are dir, size\n"},
	} {
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, errOut bytes.Buffer
		code := Run([]string{"daemon", "--check", "--config", path}, &out, &errOut, "", func(string) error { return errors.New("run") })
		if got := strings.ReplaceAll(errOut.String(), path, "F"); code != c.code || got != c.lines || out.Len() > 0 {
			t.Errorf("%q: exit code %d, %q, %q; want %d, %q", c.content, code, got, out.String(), c.code, c.lines)
		}
	}
}

// Without --config it is the file that is there; of several the one of OpenWrt's init script.
func TestConfigured(t *testing.T) {
	defer func(old []string) { configs = old }(configs)
	dir := t.TempDir()
	configs = []string{dir + "/made.ini", dir + "/elsewhere.ini"}
	for _, c := range []struct{ made, want string }{
		{"", configs[1]},
		{configs[1], configs[1]},
		{configs[0], configs[0]},
	} {
		if c.made != "" {
			if err := os.WriteFile(c.made, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var out, errOut bytes.Buffer
		got := ""
		code := Run([]string{"daemon"}, &out, &errOut, "", func(path string) error { got = path; return nil })
		if code != 0 || got != c.want {
			t.Errorf("exit code %d, %s; want %s; %s", code, got, c.want, &errOut)
		}
	}
}
