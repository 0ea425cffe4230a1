// SPDX-License-Identifier: GPL-2.0-only

// Package words holds every file of the repository against the glossary: none
// uses a retired word.
package words

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
)

const (
	top      = "../.."
	glossary = "docs/glossary.md"
)

// exempt are files that have retired words for a reason.
var exempt = regexp.MustCompile(`^(COPYING|CHANGELOG\.md|docs/glossary\.md|LICENSES/.*|(.*/)?testdata/.*)$`)

// A retired word, or phrase, and the word to use.
type retired struct {
	pattern *regexp.Regexp
	phrase  string
	use     string
}

// parse reads the table of the glossary: the first column is the word to use, the
// last one a comma-separated list of retired words.
func parse(table string) (list []retired, err error) {
	for i, line := range strings.Split(table, "\n") {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| word ") || strings.HasPrefix(line, "| --- ") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "| "), "|")
		if len(cells) == 2 && strings.HasSuffix(line, "| |") {
			continue // nothing retired
		}
		if len(cells) != 3 {
			return nil, fmt.Errorf("line %d has %d columns, want 3: %s", i+1, len(cells), line)
		}
		for _, phrase := range strings.Split(cells[2], ",") {
			if phrase = strings.TrimSpace(phrase); phrase == "" {
				continue
			}
			phrase = strings.Join(strings.Fields(phrase), " ")
			pattern, err := regexp.Compile(`(?i)(?:^|[^\pL\pN_])(` + regexp.QuoteMeta(phrase) + `)(?:$|[^\pL\pN_])`)
			if err != nil {
				return nil, err
			}
			list = append(list, retired{pattern, phrase, strings.TrimSpace(cells[0])})
		}
	}
	return list, nil
}

var (
	// leader begins a line of a comment, a quotation or a list.
	leader = regexp.MustCompile(`^\s*(//+|#+|/?\*+|\.\\"|>+|;+|dnl|"|` + "`" + `)?\s*`)
	// trailer ends a line of a string that goes on in the next one, or of a comment.
	trailer = regexp.MustCompile(`("\s*\+|\*/|\\)?\s*$`)
)

// flow returns text as one line, without what begins and ends the lines of a
// comment, and the offset at which each line starts in it.
func flow(text string) (one string, starts []int) {
	var b strings.Builder
	for _, line := range strings.Split(text, "\n") {
		starts = append(starts, b.Len())
		line = trailer.ReplaceAllString(leader.ReplaceAllString(line, ""), "")
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			b.WriteString(line + " ")
		} else {
			b.WriteByte('\n') // no phrase goes on behind an empty line
		}
	}
	return b.String(), starts
}

// find returns a complaint, "line: ...", for each retired word in text.
func find(list []retired, text string) (complaints []string) {
	one, starts := flow(text)
	lower := strings.ToLower(one)
	for _, r := range list {
		if !strings.Contains(lower, strings.ToLower(r.phrase)) {
			continue // most files; this is faster than the pattern
		}
		for from := 0; from < len(one); {
			at := r.pattern.FindStringSubmatchIndex(one[from:])
			if at == nil {
				break
			}
			line := sort.SearchInts(starts, from+at[2]+1)
			complaints = append(complaints, fmt.Sprintf("%d: %q is retired; use: %s", line, r.phrase, r.use))
			from += at[3]
		}
	}
	return complaints
}

func TestWords(t *testing.T) {
	table, err := os.ReadFile(filepath.Join(top, glossary))
	if err != nil {
		t.Fatal(err)
	}
	list, err := parse(string(table))
	if err != nil {
		t.Fatalf("%s: %v", glossary, err)
	}
	if len(list) < 10 {
		t.Fatalf("%s has only %d retired words: is its last column read?", glossary, len(list))
	}
	git := exec.Command("git", "ls-files", "-z")
	git.Dir = top
	names, err := git.Output()
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, name := range strings.Split(strings.TrimRight(string(names), "\x00"), "\x00") {
		if exempt.MatchString(name) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(top, name))
		if os.IsNotExist(err) { // removed, and not committed yet
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		read++
		for _, complaint := range find(list, string(b)) {
			t.Errorf("%s:%s", name, complaint)
		}
	}
	if read < 100 {
		t.Errorf("only %d files read: the test looks in the wrong place", read)
	}
}

const toyTable = `
| word | meaning | retired |
| --- | --- | --- |
| pear | a fruit | bapple, big  fruit |
| plum | another | |
| no nut | | nut's, all of nut: |
`

func TestFind(t *testing.T) {
	list, err := parse(toyTable)
	if err != nil {
		t.Fatal(err)
	}
	pear := `"bapple" is retired; use: pear`
	for _, c := range []struct{ text, want string }{
		{"a pear and a plum\n", ""},
		{"a Bapple.\n", "1: " + pear},
		{"bapples, crabbapple, bapple_tree, Bappleé\n", ""},
		{"\n\nbapple bapple\n", "3: " + pear + "\n3: " + pear},
		{"x.bapple(y)\n", "1: " + pear},
		{"// It is a big\n// fruit.\n", `1: "big fruit" is retired; use: pear`},
		{"/*\n * a big\n * fruit */\n", `2: "big fruit" is retired; use: pear`},
		{"# a big\n#\n# fruit\n", ""},
		{"<!-- big fruit -->\n", `1: "big fruit" is retired; use: pear`},
		{"say(\"a big \" +\n\t\"fruit\")\n", `1: "big fruit" is retired; use: pear`},
		{".\\\" a big\n.\\\" fruit\n", `1: "big fruit" is retired; use: pear`},
		{"fruit, big\n", ""},
		{"that is Nut's\n", `1: "nut's" is retired; use: no nut`},
		{"all of nut: 1\n", `1: "all of nut:" is retired; use: no nut`},
		{"all of nut\n", ""},
	} {
		if got := strings.Join(find(list, c.text), "\n"); got != c.want {
			t.Errorf("%q: got\n%s\nwant\n%s", c.text, got, c.want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, wrong := range []string{"| a | b |\n", "| a | b | c | d |\n"} {
		if list, err := parse(wrong); err == nil {
			t.Errorf("%q is read as %v", wrong, list)
		}
	}
	for name, want := range map[string]bool{"COPYING": true, "LICENSES/GPL-2.0-only.txt": true, "internal/cli/testdata/x": true,
		"docs/glossary.md": true, "docs/kernel.md": false, "README.md": false, "internal/cli/COPYING": false} {
		if got := exempt.MatchString(name); got != want {
			t.Errorf("%s is exempt: %v, want %v", name, got, want)
		}
	}
}
