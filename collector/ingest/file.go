package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"statsig_exporter/collector/config"
	"statsig_exporter/statsig"
)

// reportFile is a file as a source: the report of the period that was the newest one of
// its window when the file was last changed.
type reportFile struct {
	project *Project
	path    string
	file    *os.File // nil before newest has opened it
	info    fs.FileInfo
}

// ReportFile identifies the file with the report of a window as it is now; empty if the
// reports of the project come from the API.
func (p *Project) ReportFile(window config.Window) string {
	if p.config.ReportFile == "" {
		return ""
	}
	return config.FileState(p.config.ReportPath(window))
}

func (f *reportFile) newest(window config.Window) (period statsig.Window, older int, err error) {
	f.path = f.project.config.ReportPath(window)
	f.file, f.info, err = config.OpenFile(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return period, 0, f.fail(statsig.NoData, err)
	case err != nil:
		return period, 0, f.fail(statsig.UpstreamError, err)
	}
	// A file that is changed as a period ends or begins is of that period.
	now, changed := f.project.options.Now(), f.info.ModTime().Add(time.Millisecond)
	if changed.After(now) {
		changed = now
	}
	running, ok := window.Newest(now)
	if !ok {
		return period, 0, ErrJustBegun
	}
	period, _ = window.Newest(changed)
	if window.Current && !period.Start.Equal(running.Start) {
		return period, 0, f.fail(statsig.NoData, fmt.Errorf("was last changed at %s, before the running period began", f.info.ModTime().Format(time.RFC3339)))
	}
	return period, 0, nil
}

func (f *reportFile) report(ctx context.Context, _ statsig.Window, read func(io.Reader) error) error {
	limit := f.project.options.Config.API.MaxReportBytes
	if f.info.Size() > limit {
		return f.fail(statsig.InvalidReport, fmt.Errorf("is larger than the limit of %d bytes", limit))
	}
	body := io.LimitReader(boundedReader{f, ctx}, limit)
	err := read(f.project.options.Secrets.Scan(body))
	now, statErr := f.file.Stat()
	if statErr == nil && (now.Size() != f.info.Size() || !now.ModTime().Equal(f.info.ModTime())) {
		return f.fail(statsig.InvalidReport, errors.New("was changed while it was read"))
	}
	return err
}

// Read implements io.Reader for the text of the file.
func (f *reportFile) Read(p []byte) (int, error) {
	n, err := f.file.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &statsig.Error{Result: statsig.UpstreamError, Err: err} // with the path
	}
	return n, err
}

// fail returns why there is no report, with the path of the file.
func (f *reportFile) fail(result statsig.Result, err error) error {
	return &statsig.Error{Result: result, Err: fmt.Errorf("report file %s: %w", f.path, err)}
}

// NotBefore implements source.
func (f *reportFile) NotBefore() time.Time { return time.Time{} }

// Close implements source.
func (f *reportFile) Close() {
	if f.file != nil {
		_ = f.file.Close() // it was only read
	}
}
