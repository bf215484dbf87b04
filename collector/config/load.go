package config

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxFileBytes is the greatest size of a configuration file: far above any real
// one, and small enough that a wrong path such as a log file ends in a message.
const maxFileBytes = 16 << 20

// Load reads and checks the file at path. Relative paths in it start from its
// directory. The error, if any, is of type Errors and holds every problem.
func Load(path string) (*Config, error) {
	data, err := readLimited(path, maxFileBytes)
	if errors.Is(err, errTooLong) {
		err = errors.New("is longer than 16 MiB; it must be a configuration file")
	}
	if err != nil {
		return nil, Errors{{File: path, Message: redact(err.Error())}}
	}
	return Parse(path, data, filepath.Dir(path))
}

// Parse checks the configuration in data. Problems name the file name; relative
// paths start from dir. The error, if any, is of type Errors and holds every
// problem of the file, or the first one where the file is not YAML at all.
func Parse(name string, data []byte, dir string) (*Config, error) {
	d := &decoder{file: name, dir: dir, helps: map[string]located{}}
	root := d.document(data)
	if root == nil {
		return nil, d.problems.sorted()
	}
	c := d.config(entry{"", root.Line, root})
	if len(d.problems) > 0 {
		return nil, d.problems.sorted()
	}
	return c, nil
}

// readLimited returns what is in the file at path. The error says what is wrong
// without repeating path.
func readLimited(path string, limit int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, plainError(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.New("is a directory, not a file")
	}
	data, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	switch {
	case err != nil:
		return nil, plainError(err)
	case len(data) > limit:
		return nil, errTooLong
	}
	return data, nil
}

var errTooLong = errors.New("is too long")

// plainError takes the path out of an error of package os.
func plainError(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// document returns the mapping at the top of the one YAML document in data, or
// nil after noting why there is none.
func (d *decoder) document(data []byte) *yaml.Node {
	if line := invalidUTF8(data); line > 0 {
		d.problem(line, "the file is not valid UTF-8; save it as UTF-8")
		return nil
	}
	documents, err := parseYAML(data)
	if err != nil {
		line := errorLine(data, err)
		d.problem(line, "%s", explainYAML(err, lineOf(data, line)))
		return nil
	}
	if len(documents) > 1 {
		d.problem(documents[1].Line, "a second YAML document starts here; the file must hold one, without --- or ... between its sections")
		return nil
	}
	if len(documents) == 0 || isNull(documents[0].Content[0]) {
		d.problem(1, "the file is empty; it must list at least one project under projects")
		return nil
	}
	root := documents[0].Content[0]
	if line, why := checkAliases(root); why != "" {
		d.problem(line, "%s", why)
		return nil
	}
	if root.Kind != yaml.MappingNode {
		d.problem(root.Line, "the file must be a mapping with the keys %s, not %s", keyNames(fileKeys()), kindOf(root))
		return nil
	}
	return root
}

// parseYAML returns every document in data.
func parseYAML(data []byte) ([]*yaml.Node, error) {
	var documents []*yaml.Node
	for decoder := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var n yaml.Node
		err := decoder.Decode(&n)
		switch {
		case errors.Is(err, io.EOF):
			return documents, nil
		case err != nil:
			return nil, err
		}
		documents = append(documents, &n)
	}
}

// invalidUTF8 returns the first line that is not UTF-8, or 0.
func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return 0
	}
	for i, line := range bytes.Split(data, []byte("\n")) {
		if !utf8.Valid(line) {
			return i + 1
		}
	}
	return 1
}

// lineOf returns a line of data by its number, from 1 on.
func lineOf(data []byte, number int) string {
	lines := strings.SplitN(string(data), "\n", number+1)
	if number < 1 || number > len(lines) {
		return ""
	}
	return lines[number-1]
}
