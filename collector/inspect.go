package collector

import (
	"io"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/report"
)

// Explain reads a report from src as if it were one of project, and returns it
// with all that can be said about its columns.
func Explain(src io.Reader, project config.Project) (*report.Report, error) {
	text, err := receive(src, "")
	if err != nil {
		return nil, err
	}
	defer discard(text)
	return report.Read(text, report.Request{Options: project.Report, Explain: true})
}

// UsageFamilies returns the families of the usage in a report, as they are served
// for the project and window.
func UsageFamilies(r *report.Report, project config.Project, window string, helps map[string]string) []exposition.Family {
	return usageFamilies(r, r.Samples, project, window, helps)
}

// usageFamilies returns the families of a report whose samples, by metric, are
// those of samples.
func usageFamilies(r *report.Report, samples func(metric int) samples, project config.Project, window string, helps map[string]string) []exposition.Family {
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
			Samples:    withConstants(constant, r.LabelNames, samples(i)),
		})
	}
	return families
}
