package collector

import (
	"context"
	"fmt"
	"io"
	"time"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/report"
)

// Fetch polls one project and window once, with retries and walk-back as the
// daemon does, and returns what would be served. Nothing is published.
func (c *Collector) Fetch(ctx context.Context, project, window string) (*Snapshot, error) {
	for _, t := range c.targets {
		if t.project.config.Name != project || t.window.Name != window {
			continue
		}
		newest, ok := t.window.Newest(time.Now())
		if !ok {
			return nil, fmt.Errorf("the period of window %q has only just begun", window)
		}
		_, snapshot, err := c.poll(ctx, t, newest)
		return snapshot, err
	}
	return nil, fmt.Errorf("project %q with window %q is not configured", project, window)
}

// Explain reads a report from src as if it were one of project, and returns it
// with all that can be said about its columns.
func Explain(src io.Reader, project config.Project) (*report.Report, error) {
	return readSpooled(src, report.Request{Options: project.Report, Explain: true}, "")
}

// UsageFamilies returns the families of the usage in a report, as they are served
// for the project and window.
func UsageFamilies(r *report.Report, project config.Project, window string, helps map[string]string) []exposition.Family {
	constant := map[string]string{"project": project.Name, "window": window}
	for name, value := range project.Labels {
		constant[name] = value
	}
	var families []exposition.Family
	for i, m := range r.Metrics {
		families = append(families, exposition.Family{
			Name:       m.Name,
			Help:       usageHelp(m.Name, helps),
			LabelNames: labelNames(constant, r.LabelNames),
			Samples:    withConstants(constant, r.LabelNames, r.Samples(i)),
		})
	}
	return families
}
