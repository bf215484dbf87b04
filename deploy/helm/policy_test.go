//go:build cluster

package helm_test

import (
	"os"
	"strings"
	"testing"

	"statsig_exporter/test/harness"
)

// tolerated are the checks of kube-score that the chart does not pass by default, and why.
func tolerated() map[string]string {
	return map[string]string{
		"container-image-pull-policy":                   "a tag of a release is not used again, and a digest can be given",
		"container-ephemeral-storage-request-and-limit": "the volumes have limits of their own, and nothing else is written",
		"pod-networkpolicy":                             "a policy that nobody asked for would shut Prometheus out",
	}
}

// TestAPolicyLinterFindsNothingCriticalButWhatIsTolerated lets kube-score look at every value set.
func TestAPolicyLinterFindsNothingCriticalButWhatIsTolerated(t *testing.T) {
	var ignored []string
	for check := range tolerated() {
		ignored = append(ignored, check)
	}
	sets := valueSets(t)
	delete(sets, "openshift") // whose users the platform chooses, so that they are none here
	for name, file := range sets {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			manifests, err := run(t, "helm", "template", release, chart, "--namespace", namespace, "--values", file)
			if err != nil {
				t.Fatal(manifests)
			}
			// A limit of CPU slows a poll and a scrape down, and protects nobody whom the request does not.
			report, err := run(t, "kube-score", "score", "--ignore-container-cpu-limit", "--ignore-test", strings.Join(ignored, ","),
				"--output-format", "ci", harness.WriteFile(t, "manifests.yaml", manifests))
			if err != nil {
				t.Errorf("%v\n%s", err, report)
			}
		})
	}
}

func TestTheREADMEIsGeneratedFromTheValues(t *testing.T) {
	want, err := run(t, "helm-docs", "--chart-search-root", chart, "--dry-run", "--sort-values-order", "file", "--log-level", "error")
	if err != nil {
		t.Fatal(want)
	}
	got, err := os.ReadFile(chart + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(want) != strings.TrimSpace(string(got)) {
		t.Error("README.md is not what helm-docs makes of values.yaml and README.md.gotmpl; in deploy/helm run: " +
			`"$(../../tools/install helm-docs)" --sort-values-order=file`)
	}
}
