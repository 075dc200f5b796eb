package servercmd

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// progressBar prints progress: on a terminal in one line that it rewrites,
// elsewhere one line for each tenth.
type progressBar struct {
	w        io.Writer
	terminal bool
	shown    int64 // thousandths on a terminal, else tenths
}

const barWidth = 40

func newProgressBar(w io.Writer, done int64) *progressBar {
	b := &progressBar{w: w, shown: -1}
	if f, ok := w.(*os.File); ok {
		info, err := f.Stat()
		b.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	if done > 0 {
		fmt.Fprintf(w, "going on behind %s\n", size(done))
	}
	return b
}

func (b *progressBar) show(done, total int64) {
	steps := int64(10)
	if b.terminal {
		steps = 1000
	}
	step := done * steps / max(total, 1)
	if step == b.shown {
		return
	}
	b.shown = step
	if !b.terminal {
		fmt.Fprintf(b.w, "%d%% of %s\n", 100*step/steps, size(total))
		return
	}
	full := int(barWidth * step / steps)
	fmt.Fprintf(b.w, "\r[%s%s] %3d%% of %s ", strings.Repeat("=", full), strings.Repeat(" ", barWidth-full), 100*step/steps, size(total))
}

func (b *progressBar) end() {
	if b.terminal {
		fmt.Fprintln(b.w)
	}
}

// size formats a number of bytes for people.
func size(n int64) string {
	const units = "KMGTPE"
	f, i := float64(n), -1
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	if i < 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %ciB", f, units[i])
}
