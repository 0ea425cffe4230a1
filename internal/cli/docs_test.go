// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"sigtrail/test/golden"
)

const files = "../../../files/" // from testdata

func TestMan(t *testing.T) {
	var b bytes.Buffer
	if err := WriteMan(&b); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, files+"sigtrail.8", b.Bytes())
}

func TestManText(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a --b\n", "a \\-\\-b\n"},
		{"a\n\nb\n", "a\n.PP\nb\n"},
		{"a\n\n  b 'c' \\d\n\ne\n", "a\n.PP\n.nf\n  b \\(aqc\\(aq \\ed\n.fi\n.PP\ne\n"},
		{"  a\n", ".nf\n  a\n.fi\n"},
		{".a 'b'\n'c\n", "\\&.a 'b'\n\\&'c\n"},
	} {
		var b bytes.Buffer
		if manText(&b, c.text); b.String() != c.want {
			t.Errorf("%q becomes %q, want %q", c.text, b.String(), c.want)
		}
	}
}

// The completion is run by bash, as it does on the Tab key.
func TestCompletion(t *testing.T) {
	var b bytes.Buffer
	if err := WriteCompletion(&b); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, files+"sigtrail.bash-completion", b.Bytes())
	script := b.String() + `
COMP_WORDS=(sigtrail "$@") COMP_CWORD=$#
_sigtrail
echo "${COMPREPLY[@]}"`
	for _, c := range []struct{ words, want string }{
		{"", "daemon watch last boot why info mark kill trigger rpcd help --version"},
		{"la", "last"},
		{"help b", "boot"},
		{"dance -", ""},
		{"last --pl", "--plot"},
		{"last --plot testdata/watch.g", "testdata/watch.golden"},
		{"info --dir testdata/pr", "testdata/proc"},
		{"kill -s TE", "TERM"},
		{"kill --after ", ""},
		{"watch --signal SE", "SEGV"},
		{"watch --sender ", ""},
		{"trigger l", "list"},
		{"trigger add write toy --per n", "name"},
		{"daemon -- --ch", "--check"},
	} {
		args := append([]string{"-c", script, "bash"}, strings.Split(c.words, " ")...)
		out, err := exec.Command("bash", args...).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != c.want {
			t.Errorf("%q: %v, %q, want %q", c.words, err, got, c.want)
		}
	}
}
