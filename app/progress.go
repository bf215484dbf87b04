package app

import (
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// logEvery is how often progress is logged where there is no terminal.
const logEvery = time.Minute

// progress shows how far a long command has come: as a bar on a terminal, and as a
// line of the log each minute elsewhere. The log goes through it, so that the bar stays
// below the log. Write is safe for concurrent use.
type progress struct {
	to       io.Writer
	terminal bool

	mu  sync.Mutex
	bar *progressbar.ProgressBar // nil: none is shown
}

func newProgress(to io.Writer) *progress { return &progress{to: to, terminal: isTerminal(to)} }

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Write writes a line of the log.
func (p *progress) Write(line []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar == nil {
		return p.to.Write(line)
	}
	_ = p.bar.Clear() // on a terminal that has gone, the bar does not matter
	n, err := p.to.Write(line)
	_ = p.bar.RenderBlank()
	return n, err
}

// show shows the progress of a number of steps until end is called. Call step after
// each.
func (p *progress) show(what string, steps int, log *slog.Logger) (step, end func()) {
	if steps == 0 {
		return func() {}, func() {}
	}
	if p.terminal {
		return p.showBar(what, steps)
	}
	var done atomic.Int64
	stop, stopped := make(chan struct{}), make(chan struct{})
	ticker := time.NewTicker(logEvery)
	go func() {
		defer close(stopped)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				log.Info("Backfill progress", "step", what, "done", done.Load(), "of", steps)
			case <-stop:
				return
			}
		}
	}()
	return func() { done.Add(1) }, func() {
		close(stop)
		<-stopped
	}
}

func (p *progress) showBar(what string, steps int) (step, end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bar = progressbar.NewOptions(steps, progressbar.OptionSetWriter(p.to), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionFullWidth(), progressbar.OptionClearOnFinish())
	_ = p.bar.RenderBlank()
	step = func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		_ = p.bar.Add(1)
	}
	return step, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		_ = p.bar.Clear()
		p.bar = nil
	}
}
