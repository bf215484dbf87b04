package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/alecthomas/units"
)

// maxFileBytes is the greatest size of a configuration file: far above any real
// one, and small enough that a wrong path such as a log file ends in a message.
const maxFileBytes = 16 << 20

// Load reads and checks the file at path. Relative paths in it start from its
// directory. The error, if any, is of type Errors and holds every problem.
func Load(path string) (*Config, error) {
	data, err := readLimited(path, maxFileBytes)
	if err != nil {
		return nil, Errors{{File: path, Message: err.Error()}}
	}
	return Parse(path, data, filepath.Dir(path))
}

// Parse checks the configuration in data. Problems name the file name; relative
// paths start from dir. The error, if any, is of type Errors and holds every
// problem of the file, or the first one where the file is not YAML at all.
func Parse(name string, data []byte, dir string) (*Config, error) {
	d := &decoder{file: name, dir: dir, config: defaults(), helpLines: lines{}}
	if root := d.document(data); root != nil {
		d.read(entry{line: root.Line, node: root})
	}
	if len(d.problems) > 0 {
		return nil, d.problems.sorted()
	}
	return d.config, nil
}

// CheckFiles reads the files of all lookups and of api.http_client. The error, if any, is
// of type Errors.
func (c *Config) CheckFiles() error {
	var problems Errors
	if _, err := c.tlsConfig(&c.API.client.TLSConfig); err != nil {
		errors.As(err, &problems)
	}
	for _, p := range append([]Project{c.Common}, c.Projects...) {
		taken := slices.Collect(maps.Keys(p.Labels))
		for _, lookup := range p.Labelling.Lookups {
			taken = append(taken, p.Report.KnownLabels(lookup.On)...)
		}
		_, errs := p.Labelling.read(taken)
		for i, err := range errs {
			if err != nil {
				place := c.places[p.Labelling.Lookups[i].File]
				place.Message = err.Error()
				problems = append(problems, place)
			}
		}
	}
	if len(problems) > 0 {
		return problems.sorted()
	}
	return nil
}

// OpenFile opens the regular file at path. It never waits, as for the writer of a pipe.
// The error says what is wrong without repeating path.
func OpenFile(path string) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, plainError(err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("is not a regular file")
	}
	if err != nil {
		_ = f.Close() // nothing was written
		return nil, nil, plainError(err)
	}
	return f, info, nil
}

// readLimited returns what is in the regular file at path, if it has limit bytes at most.
// Its errors are like OpenFile's.
func readLimited(path string, limit int64) ([]byte, error) {
	f, info, err := OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	long := fmt.Errorf("is longer than %s", units.Base2Bytes(limit))
	if info.Size() > limit {
		return nil, long
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, plainError(err)
	case int64(len(data)) > limit: // It has grown.
		return nil, long
	}
	return data, nil
}

// FileState identifies a file as it is now: by size and time of change.
func FileState(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return plainError(err).Error()
	}
	return fmt.Sprint(info.Size(), " ", info.ModTime().UnixNano())
}

// Warnings returns what is probably wrong, but can become right while the file stays as it
// is. It looks for the files of keys and reports, and does not read them.
func (c *Config) Warnings() Errors {
	warnings := slices.Clone(c.warnings)
	for _, p := range c.Projects {
		for _, w := range c.Windows {
			path := cmp.Or(p.Key.File, p.ReportPath(w))
			if _, err := os.Stat(path); path != "" && err != nil {
				warning := c.places[cmp.Or(p.Key.File, p.ReportFile)]
				directory, _ := filepath.Abs(filepath.Dir(path))
				warning.Message = fmt.Sprintf("%s: %s; it was looked for in %s", filepath.Base(path), plainError(err), directory)
				warnings = append(warnings, warning)
			}
		}
	}
	return warnings.sorted()
}

// plainError takes the path out of an error of package os.
func plainError(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}
