// SPDX-License-Identifier: GPL-2.0-only

package limits

import (
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	checks := []Check{
		{What: "good", Got: 8, Limit: 8},
		{What: "enough", Got: 8, Limit: 8, Least: true},
		{What: "much", Got: 9.6, Limit: 8},
		{What: "little", Got: 7, Limit: 8, Least: true},
	}
	want := "much: 10, at most 8 are allowed\nlittle: 7, at least 8 are allowed"
	if err := Errors(checks); err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	if err := Errors(checks[:2]); err != nil {
		t.Error(err)
	}
	table := Table(checks)
	for _, row := range []string{"| good | 8 | ≤ 8 |\n", "| much | 10 | ≤ 8: **beyond it** |\n", "| little | 7 | ≥ 8: **beyond it** |\n"} {
		if !strings.Contains(table, row) {
			t.Errorf("no %q in\n%s", row, table)
		}
	}
}

func TestSender(t *testing.T) {
	within := []Added{{8, 8}, {260, 240}, {320, 300}, {400, 400}}
	if err := Errors(Sender(within[0], within[1], within[2], within[3])); err != nil {
		t.Error(err)
	}
	err := Errors(Sender(Added{9, 9}, Added{261, 241}, Added{322, 302}, Added{401, 401}))
	if err == nil || strings.Count(err.Error(), "\n") != 7 {
		t.Errorf("%v, want 8 lines", err)
	}
}
