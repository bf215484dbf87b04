package app

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"strings"

	"github.com/prometheus/common/promslog"

	"statsig_exporter/app/show"
)

// lineLimit is the greatest length of a line of the log in bytes.
const lineLimit = 2 << 10

// newLogger returns the logger that the flags ask for. Whatever a line quotes, it
// is at most lineLimit long, and nothing in it steers a terminal.
func newLogger(config *promslog.Config, to io.Writer) *slog.Logger {
	config.Writer = escaped{to}
	return slog.New(bounded{promslog.New(config).Handler(), 0})
}

// escaped escapes the hidden characters that logfmt and JSON leave. Each write is a
// line.
type escaped struct{ to io.Writer }

// Write implements io.Writer.
func (e escaped) Write(line []byte) (int, error) {
	if _, err := io.WriteString(e.to, show.Lines(string(line))); err != nil {
		return 0, err
	}
	return len(line), nil
}

// bounded is a handler that shortens values.
type bounded struct {
	slog.Handler
	taken int // bytes, by the attributes of With
}

// Handle implements slog.Handler. The longest values give way first.
func (b bounded) Handle(ctx context.Context, r slog.Record) error {
	const frame = 300 // time, level, source and message
	for limit := show.Limit; ; limit /= 2 {
		short, size := slog.NewRecord(r.Time, r.Level, show.Cut(r.Message, 200), r.PC), b.taken+frame
		r.Attrs(func(a slog.Attr) bool {
			a = shortened(a, limit)
			size += written(a)
			short.AddAttrs(a)
			return true
		})
		if size <= lineLimit || limit == 1 {
			return b.Handler.Handle(ctx, short)
		}
	}
}

// WithAttrs implements slog.Handler.
func (b bounded) WithAttrs(attrs []slog.Attr) slog.Handler {
	short := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		short[i] = shortened(a, 100)
		b.taken += written(short[i])
	}
	return bounded{b.Handler.WithAttrs(short), b.taken}
}

// written returns how many bytes an attribute takes at most.
func written(a slog.Attr) int { return len(a.Key) + len(strconv.Quote(a.Value.String())) + 4 }

// shortened returns an attribute whose value has at most limit characters.
func shortened(a slog.Attr, limit int) slog.Attr {
	a.Value = a.Value.Resolve()
	list, isList := a.Value.Any().([]string)
	switch {
	case isList && len(strings.Join(list, ", ")) > limit:
		a.Value = slog.StringValue(show.List(list, limit))
	case isList:
	case a.Value.Kind() == slog.KindString, a.Value.Kind() == slog.KindAny:
		if text := a.Value.String(); len(text) > limit {
			a.Value = slog.StringValue(show.Cut(text, limit))
		}
	}
	return a
}
