package servercmd

import (
	"strings"
	"testing"
)

func TestProgressBar(t *testing.T) {
	t.Parallel()
	const total = 10 << 20
	for name, c := range map[string]struct {
		terminal bool
		want     string
	}{
		"a file": {false, "going on behind 5.0 MiB\n50% of 10.0 MiB\n100% of 10.0 MiB\n"},
		"a terminal": {true, "going on behind 5.0 MiB\n" +
			"\r[====================                    ]  50% of 10.0 MiB " +
			"\r[====================                    ]  50% of 10.0 MiB " +
			"\r[========================================] 100% of 10.0 MiB \n"},
	} {
		var out strings.Builder
		b := newProgressBar(&out, total/2)
		b.terminal = c.terminal
		for _, done := range []int64{total / 2, total/2 + 1, total/2 + total/500, total} {
			b.show(done, total)
		}
		b.end()
		if out.String() != c.want {
			t.Errorf("%s shows %q, want %q", name, out.String(), c.want)
		}
	}
}
