// Command generate writes the dashboards of deploy/grafana with the builders of
// Grafana's Foundation SDK. From the top of the repository:
//
//	go -C tools/dashboards run .
//
// The one argument, if given, replaces the directory deploy/grafana.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/table"
)

func main() {
	dir := filepath.Join("..", "..", "deploy", "grafana")
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	if err := write(dir); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// write writes each dashboard to the file in dir with its uid as the name.
func write(dir string) error {
	for _, make := range []func() *dashboard.DashboardBuilder{usageDashboard, exporterDashboard} {
		built, err := make().Build()
		if err != nil {
			return err
		}
		dropDefaults(built)
		text, err := encode(built)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, *built.Uid+".json"), text, 0o644); err != nil { //nolint:gosec // everybody may read a dashboard
			return err
		}
	}
	return nil
}

// dropDefaults removes what the SDK adds and Grafana 13 does not know, and the
// placement of links: they belong beside the title, not in a menu.
func dropDefaults(built dashboard.Dashboard) {
	for i := range built.Links {
		built.Links[i].Placement = nil
	}
	for i := range built.Templating.List {
		v := &built.Templating.List[i]
		v.Auto, v.AutoMin, v.AutoCount = nil, nil, nil
	}
	for _, p := range built.Panels {
		if p.Panel == nil {
			continue
		}
		if options, ok := p.Panel.Options.(*table.Options); ok {
			options.Footer = nil
		}
	}
}

// encode returns indented JSON that keeps operators such as > as they are.
func encode(built dashboard.Dashboard) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(built); err != nil {
		return nil, fmt.Errorf("encode dashboard %s: %w", *built.Uid, err)
	}
	return text.Bytes(), nil
}
