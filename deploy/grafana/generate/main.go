// Command generate writes the dashboards of deploy/grafana. They are kept as
// code so that a change can be read and reviewed, and so that every panel is
// made the same way; the JSON is what Grafana reads. From the top of the
// repository:
//
//	go run ./deploy/grafana/generate
//
// A directory in place of deploy/grafana may be given as the one argument.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	dir := filepath.Join("deploy", "grafana")
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	for _, made := range dashboards() {
		if err := write(dir, made); err != nil {
			fmt.Fprintln(os.Stderr, "generate:", err)
			os.Exit(1)
		}
	}
}

// dashboards returns every dashboard there is.
func dashboards() []dashboard {
	return []dashboard{usageDashboard(), exporterDashboard()}
}

// write writes a dashboard to the file of dir that is named for its uid.
func write(dir string, made dashboard) error {
	text, err := encode(made)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, made.UID+".json"), text, 0o644) //nolint:gosec // everybody may read a dashboard
}

// encode returns the JSON of a dashboard: indented, with its operators as they
// were written, and a newline at the end.
func encode(made dashboard) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(made); err != nil {
		return nil, fmt.Errorf("encode dashboard %s: %w", made.UID, err)
	}
	return text.Bytes(), nil
}
